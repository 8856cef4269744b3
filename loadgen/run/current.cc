#include "run/current.h"

#include <atomic>

#include "errors.h"

namespace mlperf::run {

namespace {
std::atomic<bool> reserved{false};
base::Door<Run> first_door;
std::atomic<base::Door<Run>*> door{&first_door};
}  // namespace

Reservation::Reservation() {
  if (reserved.exchange(true)) {
    throw StateError("a test is already running in this process; wait for it to end");
  }
}

Reservation::~Reservation() { reserved.store(false); }

base::Door<Run>& CurrentRun() { return *door.load(std::memory_order_acquire); }

void ReplaceCurrentRun() { door.store(new base::Door<Run>, std::memory_order_release); }

uint64_t NextGeneration() {
  static std::atomic<uint64_t> last{0};
  return ++last;
}

}  // namespace mlperf::run
