#include "base/thread_id.h"

#include <sys/syscall.h>
#include <unistd.h>

#include "base/process.h"

namespace mlperf::base {
namespace {

thread_local int64_t thread_id = 0;  // 0: not asked for yet

// The only thread of a child has another number than the one that forked.
const ForkHandler forget([] { thread_id = 0; });

}  // namespace

int64_t ThreadId() {
  if (thread_id == 0) thread_id = syscall(SYS_gettid);
  return thread_id;
}

}  // namespace mlperf::base
