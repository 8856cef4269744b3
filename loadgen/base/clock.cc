#include "base/clock.h"

#include <chrono>

#include "base/parking.h"

#ifdef __linux__
#include <sys/prctl.h>
#endif

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

#ifdef __linux__

PreciseSleep::PreciseSleep() : previous_slack_ns_(prctl(PR_GET_TIMERSLACK)) {
  prctl(PR_SET_TIMERSLACK, 1UL);
}

PreciseSleep::~PreciseSleep() {
  if (previous_slack_ns_ > 0) {
    prctl(PR_SET_TIMERSLACK, static_cast<unsigned long>(previous_slack_ns_));
  }
}

#else

PreciseSleep::PreciseSleep() : previous_slack_ns_(0) {}
PreciseSleep::~PreciseSleep() = default;

#endif

}  // namespace mlperf::base
