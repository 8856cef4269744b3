#include "base/clock.h"

#include <chrono>
#include <thread>

#ifdef __linux__
#include <sys/prctl.h>
#include <time.h>
#endif

namespace mlperf::base {

int64_t SteadyClock::NowNs() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

void SteadyClock::SleepUntil(int64_t deadline_ns) {
#ifdef __linux__
  // Unlike std::this_thread::sleep_until, this returns when a signal has been handled.
  timespec deadline{};
  deadline.tv_sec = deadline_ns / 1000000000;
  deadline.tv_nsec = deadline_ns % 1000000000;
  clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &deadline, nullptr);
#else
  std::this_thread::sleep_until(
      std::chrono::steady_clock::time_point(std::chrono::nanoseconds(deadline_ns)));
#endif
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
