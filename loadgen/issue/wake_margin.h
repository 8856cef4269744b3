// Learns how long before a query is due its thread must be woken, to spin through the rest.

#ifndef MLPERF_LOADGEN_ISSUE_WAKE_MARGIN_H_
#define MLPERF_LOADGEN_ISSUE_WAKE_MARGIN_H_

#include <cstdint>

namespace mlperf::issue {

// The kernel wakes a thread some tens of microseconds late, and sometimes far more. The margin
// follows the 99th percentile of this delay, within kLeastNs and kMostNs: a wake-up that is later
// than the margin moves it up by 99 steps, any other one down by one. So it needs no calibration
// before the test, adapts to the machine's load, and no single stall moves it far.
class WakeMargin {
 public:
  static constexpr int64_t kLeastNs = 20'000;
  static constexpr int64_t kMostNs = 200'000;
  static constexpr int64_t kStepNs = 50;

  // Starts at `first_ns`, and stays there unless it `follows`.
  WakeMargin(int64_t first_ns, bool follows) : ns_(first_ns), follows_(follows) {}

  int64_t ns() const { return ns_; }

  // A sleep has ended, `late_ns` after the time for which it was set.
  void Woke(int64_t late_ns) {
    if (!follows_) return;
    ns_ += late_ns > ns_ ? 99 * kStepNs : -kStepNs;
    if (ns_ < kLeastNs) ns_ = kLeastNs;
    if (ns_ > kMostNs) ns_ = kMostNs;
  }

 private:
  int64_t ns_;
  const bool follows_;
};

}  // namespace mlperf::issue

#endif  // MLPERF_LOADGEN_ISSUE_WAKE_MARGIN_H_
