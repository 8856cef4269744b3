// Counts the intervals between the queries of MultiStreamFixedInterval.

#ifndef MLPERF_LOADGEN_ISSUE_INTERVALS_H_
#define MLPERF_LOADGEN_ISSUE_INTERVALS_H_

#include <cstdint>
#include <vector>

#include "issue/series.h"

namespace mlperf::issue {

// The first tick at or after `time_ns` of the series; times before it have tick 0.
inline uint64_t FirstTickFrom(int64_t time_ns, int64_t gap_ns) {
  return time_ns <= 0 ? 0 : static_cast<uint64_t>((time_ns - 1) / gap_ns + 1);
}

// Returns the number of intervals from each issued query to the next: 1, plus the intervals skipped
// between them. For the last query: to the tick at which another one could have been issued. Call
// when no thread completes samples any more.
std::vector<int64_t> IntervalsBetweenQueries(const Series& series, uint64_t max_async_queries);

}  // namespace mlperf::issue

#endif  // MLPERF_LOADGEN_ISSUE_INTERVALS_H_
