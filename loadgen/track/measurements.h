// Holds what was measured of one series of queries, in plain arrays.

#ifndef MLPERF_LOADGEN_TRACK_MEASUREMENTS_H_
#define MLPERF_LOADGEN_TRACK_MEASUREMENTS_H_

#include <cstdint>
#include <vector>

#include "mlperf_loadgen/timeline.h"

namespace mlperf::track {

// Of the queries that were issued late by more than a limit.
struct LateIssues {
  uint64_t count = 0;
  uint64_t behind_calls = 0;  // of them: most of the lag passed in issue calls of the SUT
  int64_t call_ns = 0;  // mean length of the issue calls behind which a query waited; 0: none did
};

// Durations are ns; times are ns since the start of the series. Arrays are in the order of issue;
// a sample that was issued but never completed is left out of them.
struct Measurements {
  // `several`: queries have several samples. `lag_or_gap`, `intervals`: the arrays of these names.
  static constexpr uint64_t BytesPerQuery(bool several, bool lag_or_gap, bool intervals) {
    return (static_cast<uint64_t>(several) + lag_or_gap + intervals) * sizeof(int64_t);
  }
  static constexpr uint64_t BytesPerSample(bool tokens) {
    return (tokens ? 3 : 1) * sizeof(int64_t);
  }

  uint64_t samples_per_query = 1;
  uint64_t queries_issued = 0;
  uint64_t samples_issued = 0;
  uint64_t missing_samples = 0;

  std::vector<int64_t> sample_latency_ns;  // completion - scheduled time of its query
  std::vector<int64_t> query_latency_ns;   // last completion - scheduled time; only when a query
                                           // has several samples and is not the only one

  // MultiStreamFixedInterval, one a query: intervals from its tick to that of the next query, 1 if
  // none was skipped.
  std::vector<int64_t> query_intervals;

  // One a query, issue - scheduled time; only where queries have a schedule.
  std::vector<int64_t> schedule_lag_ns;
  LateIssues late_issues;  // Server

  // SingleStream, MultiStream, one a query but the first: issue - last completion of the query
  // before it.
  std::vector<int64_t> gap_ns;

  // With token latencies; entry i belongs to sample_latency_ns[i].
  std::vector<int64_t> ttft_ns;   // first token - scheduled time; 0 when none was reported
  std::vector<int64_t> n_tokens;  // as the SUT reported it; 0 when that is not a count

  // Of the query issued last.
  int64_t final_scheduled_ns = 0;
  int64_t final_issued_ns = 0;
  int64_t final_all_done_ns = 0;  // completion of its last sample, not of the whole series

  int64_t last_completion_ns = 0;  // of the whole series

  Timeline timeline;  // when it was asked for
};

}  // namespace mlperf::track

#endif  // MLPERF_LOADGEN_TRACK_MEASUREMENTS_H_
