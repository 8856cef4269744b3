#include "issue/waiter.h"

#include <algorithm>

#include "base/units.h"

namespace mlperf::issue {
namespace {

constexpr int64_t kForEver = std::numeric_limits<int64_t>::max();
constexpr int64_t kFirstMarginNs = 60'000;

int64_t Later(int64_t now_ns, int64_t by_ns) {
  return by_ns > kForEver - now_ns ? kForEver : now_ns + by_ns;
}

WakeMargin MakeMargin(int spin_us) {
  return spin_us < 0 ? WakeMargin(kFirstMarginNs, true)
                     : WakeMargin(spin_us * base::kNsPerUs, false);
}

}  // namespace

Waiter::Waiter(base::Clock& clock, track::CompletionCounter& completions, const Poll& poll,
               Patience patience, const base::SpareCore& spare_core, int spin_us)
    : clock_(clock),
      completions_(completions),
      poll_(poll),
      patience_(patience),
      spare_core_(spare_core),
      margin_is_fixed_(spin_us >= 0),
      margin_(MakeMargin(spin_us)),
      next_poll_ns_(Later(clock.NowNs(), patience.poll_interval_ns)) {}

Wait Waiter::ForCompletions(uint64_t samples) {
  if (completions_.Count() >= samples) {
    completions_.SetSpinTarget(track::CompletionCounter::kNever);
    return Wait::kReached;
  }
  int64_t now_ns = clock_.NowNs();
  const int64_t begin_ns = now_ns;
  if (SpinForCompletions(samples, begin_ns)) return Wait::kReached;
  completions_.SetSpinTarget(track::CompletionCounter::kNever);
  const int64_t give_up_ns =
      patience_.give_up_ns == 0 ? kForEver : Later(begin_ns, patience_.give_up_ns);
  for (;;) {
    const bool reached = completions_.Wait(
        samples, std::min(give_up_ns, Later(now_ns, patience_.poll_interval_ns)), clock_);
    now_ns = clock_.NowNs();
    if (reached) {
      waits_are_short_ = now_ns - begin_ns < kLongSpinNs;
      return Wait::kReached;
    }
    if (completions_.Interrupted()) return Wait::kInterrupted;
    // Not only when the interval has passed: a signal may have cut the wait short.
    PollNow(now_ns);
    if (now_ns >= give_up_ns) return Wait::kTimedOut;
  }
}

bool Waiter::SpinForCompletions(uint64_t samples, int64_t begin_ns) {
  if (spare_core_.Alone()) return false;
  int64_t spin_until_ns = begin_ns + kShortSpinNs;
  completions_.SetSpinTarget(samples);
  for (int64_t now_ns = begin_ns;; now_ns = clock_.NowNs()) {
    if (completions_.Count() >= samples) return true;
    if (completions_.Interrupted() || completions_.WakeRequested()) return false;
    if (now_ns >= spin_until_ns) {
      const bool long_enough = now_ns - begin_ns >= kLongSpinNs;
      if (long_enough || !waits_are_short_ || !spare_core_.IsFree()) return false;
      spin_until_ns = now_ns + kLookForCoreNs;
    }
    base::CpuRelax();
  }
}

Wait Waiter::ForTime(int64_t due_ns) {
  int64_t now_ns = clock_.NowNs();
  const int64_t spin_from_ns = now_ns < due_ns ? due_ns - MarginNs(now_ns) : due_ns;
  for (;;) {
    PollAt(now_ns);
    if (completions_.Interrupted()) return Wait::kInterrupted;
    if (now_ns >= spin_from_ns) break;
    const int64_t wake_ns = std::min(spin_from_ns, next_poll_ns_);
    completions_.SleepUntil(wake_ns, clock_);
    now_ns = clock_.NowNs();
    if (now_ns >= wake_ns) margin_.Woke(now_ns - wake_ns);
  }
  clock_.SpinUntil(due_ns);
  return Wait::kReached;
}

int64_t Waiter::MarginNs(int64_t now_ns) {
  if (!margin_is_fixed_ && now_ns >= next_look_ns_) {
    core_is_free_ = spare_core_.IsFree();
    next_look_ns_ = Later(now_ns, kCoreIsFreeNs);
  }
  return margin_is_fixed_ || core_is_free_ ? margin_.ns() : 0;
}

void Waiter::PollNow(int64_t now_ns) {
  next_poll_ns_ = Later(now_ns, patience_.poll_interval_ns);
  completions_.ClearWake();
  if (poll_) poll_();
}

}  // namespace mlperf::issue
