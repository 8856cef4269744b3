#include "base/clock.h"

#include <chrono>

#include "base/parking.h"

namespace mlperf::base {

int64_t SteadyClock::NowNs() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

void SteadyClock::SleepUntil(int64_t deadline_ns, const std::atomic<uint32_t>& word,
                             uint32_t expected) {
  Park(word, expected, deadline_ns - NowNs());
}

void SteadyClock::SpinUntil(int64_t deadline_ns) {
  while (NowNs() < deadline_ns) CpuRelax();
}

}  // namespace mlperf::base
