#include "issue/waiter.h"

#include <algorithm>

namespace mlperf::issue {
namespace {

constexpr int64_t kPollIntervalNs = 250'000'000;
constexpr int64_t kSpinBeforeDueNs = 60'000;
constexpr int64_t kForEver = std::numeric_limits<int64_t>::max();

}  // namespace

Waiter::Waiter(base::Clock& clock, track::Gate& gate, const Poll& poll, int64_t patience_ns)
    : clock_(clock),
      gate_(gate),
      poll_(poll),
      patience_ns_(patience_ns),
      next_poll_ns_(clock.NowNs() + kPollIntervalNs) {}

Wait Waiter::ForCompletions(uint64_t samples) {
  if (gate_.Count() >= samples) return Wait::kReached;
  int64_t now_ns = clock_.NowNs();
  const bool for_ever = patience_ns_ == 0 || patience_ns_ > kForEver - now_ns;
  const int64_t give_up_ns = for_ever ? kForEver : now_ns + patience_ns_;
  for (;;) {
    if (gate_.Wait(samples, std::min(give_up_ns, now_ns + kPollIntervalNs), clock_)) {
      return Wait::kReached;
    }
    if (gate_.Interrupted()) return Wait::kInterrupted;
    // Not only when the interval has passed: a signal may have cut the wait short.
    if (poll_) poll_();
    now_ns = clock_.NowNs();
    if (now_ns >= give_up_ns) return Wait::kTimedOut;
  }
}

Wait Waiter::ForTime(int64_t due_ns) {
  for (;;) {
    const int64_t now_ns = clock_.NowNs();
    PollAt(now_ns);
    if (gate_.Interrupted()) return Wait::kInterrupted;
    if (now_ns >= due_ns - kSpinBeforeDueNs) break;
    clock_.SleepUntil(std::min(due_ns - kSpinBeforeDueNs, now_ns + kPollIntervalNs));
  }
  clock_.SpinUntil(due_ns);
  return Wait::kReached;
}

void Waiter::PollAt(int64_t now_ns) {
  if (now_ns < next_poll_ns_) return;
  next_poll_ns_ = now_ns + kPollIntervalNs;
  if (poll_) poll_();
}

}  // namespace mlperf::issue
