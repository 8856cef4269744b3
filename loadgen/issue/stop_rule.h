// Decides when a performance series ends.

#ifndef MLPERF_LOADGEN_ISSUE_STOP_RULE_H_
#define MLPERF_LOADGEN_ISSUE_STOP_RULE_H_

#include <cstdint>

#include "mlperf_loadgen/test_settings.h"
#include "schedule/plan.h"

namespace mlperf::issue {

enum class Stop {
  kGoOn,
  kNaturally,  // enough queries, long enough
  kTooManyOutstanding,
  kMaxQueryCount,
  kMaxDuration,
};

// A pure function of what has been issued so far. Accuracy series never stop early.
class StopRule {
 public:
  StopRule(const EffectiveSettings& settings, schedule::SeriesMode mode);

  // Whether a thread may not issue even its first query, because it has none of the first
  // max_query_count queries of the plan.
  bool ForbidsFirst(uint64_t query) const { return query >= max_queries_; }

  // Called after a query was issued at `issued_ns`, with `outstanding` queries not completed.
  // `next`: the query that would follow on this thread, which is how many were issued where one
  // thread issues. `outstanding` is called only where it matters.
  template <typename Outstanding>
  Stop After(uint64_t next, int64_t issued_ns, Outstanding outstanding) const {
    if (next >= min_queries_ && issued_ns >= min_duration_ns_) return Stop::kNaturally;
    if (max_outstanding_ != 0 && outstanding() > max_outstanding_) {
      return Stop::kTooManyOutstanding;
    }
    if (next >= max_queries_) return Stop::kMaxQueryCount;
    if (issued_ns >= max_duration_ns_) return Stop::kMaxDuration;
    return Stop::kGoOn;
  }

 private:
  // A rule that does not apply is set to a value that is never reached.
  uint64_t min_queries_;
  int64_t min_duration_ns_;
  uint64_t max_outstanding_;  // 0: no limit
  uint64_t max_queries_;
  int64_t max_duration_ns_;
};

}  // namespace mlperf::issue

#endif  // MLPERF_LOADGEN_ISSUE_STOP_RULE_H_
