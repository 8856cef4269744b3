// MultiStreamFixedInterval: how queries and ticks lie to one another.

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

// The number of intervals from each issued query to the next: 1, and one more for each interval
// that was skipped between them. After the last query: to the tick at which another one could have
// gone. Call when no thread completes any more.
std::vector<int64_t> IntervalsBetweenQueries(const Series& series, uint64_t max_async_queries);

}  // namespace mlperf::issue

#endif  // MLPERF_LOADGEN_ISSUE_INTERVALS_H_
