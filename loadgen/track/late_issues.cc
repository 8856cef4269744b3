#include "track/late_issues.h"

namespace mlperf::track {

void LateIssueCounter::Add(int64_t scheduled_ns, int64_t issued_ns) {
  if (scheduled_ns <= last_issued_ns_) {
    calls_ns_ += issued_ns - last_issued_ns_;
    ++calls_;
  } else if (scheduled_ns - last_issued_ns_ >= CallNs()) {
    awaited_issued_ns_ = issued_ns;
  }
  last_issued_ns_ = issued_ns;
  const int64_t lag_ns = issued_ns - scheduled_ns;
  if (lag_ns <= limit_ns_) return;
  ++counted_.count;
  if (issued_ns - awaited_issued_ns_ >= lag_ns / 2) ++counted_.behind_calls;
}

void LateIssueCounter::Add(const LateIssueCounter& other) {
  counted_.count += other.counted_.count;
  counted_.behind_calls += other.counted_.behind_calls;
  calls_ns_ += other.calls_ns_;
  calls_ += other.calls_;
}

LateIssues LateIssueCounter::Counted() const {
  LateIssues counted = counted_;
  counted.call_ns = CallNs();
  return counted;
}

int64_t LateIssueCounter::CallNs() const { return calls_ == 0 ? 0 : calls_ns_ / calls_; }

}  // namespace mlperf::track
