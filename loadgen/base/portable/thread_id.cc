#include "base/thread_id.h"

#include <atomic>

#include "base/process.h"

namespace mlperf::base {
namespace {

std::atomic<int64_t> threads{0};  // that have a number

thread_local int64_t thread_id = 0;  // 0: has none yet

const ForkHandler forget([] { thread_id = 0; });

}  // namespace

int64_t ThreadId() {
  if (thread_id == 0) thread_id = ++threads;
  return thread_id;
}

}  // namespace mlperf::base
