// How a series went over time, in a size that does not depend on its length: what pictures,
// comparisons and report.json are made of. Exact figures are in the Report.

#ifndef MLPERF_LOADGEN_TIMELINE_H_
#define MLPERF_LOADGEN_TIMELINE_H_

#include <cstdint>
#include <vector>

#include "cxx17.h"

namespace mlperf {

// Counts of durations by column and bin. Bins are log-linear: below 64 ns each value is one; above,
// there are 64 of equal width in each octave, so a bin is 0.8 to 1.6 % wide.
struct DurationGrid {
  // Column c has counts[begin[c]] to counts[begin[c + 1] - 1], of first_bin[c] and the bins after
  // it; none of them is empty at either end.
  std::vector<uint32_t> first_bin;
  std::vector<uint64_t> begin;  // columns + 1
  std::vector<uint64_t> counts;

  bool empty() const { return begin.empty(); }
};

// A sample among the slowest. Times are ns since the start of the series.
struct SlowSample {
  uint64_t query = 0;   // in the order of issue
  uint64_t sample = 0;  // index in the library
  int64_t due_ns = 0;
  int64_t issued_ns = 0;
  int64_t latency_ns = 0;
  uint64_t in_flight = 0;  // samples, about when it was issued
};

// One column stands for a part of the series. All vectors but edges_ns have an entry a column.
// Counts are of samples.
struct Timeline {
  // What the columns divide equally.
  enum class By {
    kDue,         // the time from the start to the end of the plan: equal plans have equal columns
    kOrder,       // the queries, in their order
    kCompletion,  // the time from the start to the last completion
  };
  By by = By::kDue;
  // Those within the plan; the others, of the same length, are after its end.
  uint64_t plan_columns = 0;
  std::vector<int64_t> edges_ns;  // begin of each, and the end; ns since the start of the series

  // By what happened in the time of a column; a sample that was never completed counts where it was
  // due.
  std::vector<uint64_t> due;
  std::vector<uint64_t> issued;
  std::vector<uint64_t> completed;
  std::vector<uint64_t> failed;
  std::vector<uint64_t> tokens;  // of the samples completed; empty without token latencies
  // Seen 16 times a column.
  std::vector<uint64_t> in_flight_max;
  std::vector<uint64_t> in_flight_end;

  // By the column that a sample belongs to, which is that of what `by` says.
  DurationGrid latency;
  DurationGrid ttft;  // with token latencies
  DurationGrid tpot;  // with token latencies
  DurationGrid lag;   // issue - due, a query; where queries have a schedule
  DurationGrid gap;   // completion to next issue, a query but the first; closed loops

  std::vector<SlowSample> slowest;  // the slowest first

  bool empty() const { return edges_ns.empty(); }
};

// Order statistics of a set of durations that show its whole distribution: those at the 0-based
// indices floor(count * p), p = 1 - 10^(-j / 24) for j = 0, 1, ... while 1 - p >= 1 / count, then
// the maximum. 24 points for each nine.
struct DurationCurve {
  uint64_t count = 0;
  int64_t min_ns = 0;
  int64_t max_ns = 0;
  int64_t mean_ns = 0;  // truncated to whole ns
  std::vector<int64_t> curve_ns;
};

// Of a report. Those that do not apply have a count of 0.
struct DurationCurves {
  DurationCurve latency;        // of samples
  DurationCurve query_latency;  // where queries have several samples
  DurationCurve ttft;           // with token latencies
  DurationCurve tpot;           // with token latencies
  DurationCurve lag;            // issue - due, of queries that have a schedule
  DurationCurve gap;            // completion to next issue, in closed loops
};

}  // namespace mlperf

#endif  // MLPERF_LOADGEN_TIMELINE_H_
