#include "base/parking.h"

#ifdef __linux__
#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <climits>
#else
#include <chrono>
#include <condition_variable>
#include <mutex>

#include "base/process.h"
#endif

namespace mlperf::base {

#ifdef __linux__

static_assert(sizeof(std::atomic<uint32_t>) == sizeof(uint32_t));

void Park(const std::atomic<uint32_t>& word, uint32_t expected, int64_t timeout_ns) {
  if (timeout_ns <= 0) return;
  timespec timeout{};
  timeout.tv_sec = timeout_ns / 1000000000;
  timeout.tv_nsec = timeout_ns % 1000000000;
  syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, expected, &timeout, nullptr, 0);
}

void Unpark(const std::atomic<uint32_t>& word) {
  syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, INT_MAX, nullptr, nullptr, 0);
}

#else

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

#endif

}  // namespace mlperf::base
