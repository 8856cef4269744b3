#include "run/current.h"

#include <atomic>

#include "errors.h"

namespace mlperf::run {

namespace {
std::atomic<bool> reserved{false};
}  // namespace

Reservation::Reservation() {
  if (reserved.exchange(true)) {
    throw StateError("a test is already running in this process; wait for it to end");
  }
}

Reservation::~Reservation() { reserved.store(false); }

base::Door<Run>& CurrentRun() {
  static base::Door<Run> door;
  return door;
}

uint64_t NextGeneration() {
  static std::atomic<uint64_t> last{0};
  return ++last;
}

}  // namespace mlperf::run
