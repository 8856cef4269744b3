#include "base/parking.h"

#include <chrono>
#include <condition_variable>
#include <mutex>

#include "base/process.h"

namespace mlperf::base {
namespace {

struct Lot {
  std::mutex mutex;
  std::condition_variable changed;
};

std::atomic<Lot*> lot{new Lot};  // never destroyed: threads may wait in it when the process exits

const ForkHandler renew([] { lot.store(new Lot); });

}  // namespace

void Park(const std::atomic<uint32_t>& word, uint32_t expected, int64_t timeout_ns) {
  Lot& here = *lot.load();
  std::unique_lock lock(here.mutex);
  here.changed.wait_for(lock, std::chrono::nanoseconds(timeout_ns),
                        [&] { return word.load() != expected; });
}

void Unpark(const std::atomic<uint32_t>&) {
  Lot& here = *lot.load();
  {
    const std::lock_guard lock(here.mutex);
  }
  here.changed.notify_all();
}

}  // namespace mlperf::base
