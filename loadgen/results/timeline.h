// Makes the timeline of a series in one pass over its queries.

#ifndef MLPERF_LOADGEN_RESULTS_TIMELINE_H_
#define MLPERF_LOADGEN_RESULTS_TIMELINE_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "mlperf_loadgen/timeline.h"

namespace mlperf::results {

// The bin of a duration; what is negative counts as 0. See DurationGrid.
size_t BinOf(int64_t duration_ns);
inline constexpr size_t kBins = 3712;  // of all durations that 63 bits can hold

// Counts durations by column. Where columns come in their order only the present one is kept as
// a table of all bins.
class GridMaker {
 public:
  explicit GridMaker(bool in_order) : in_order_(in_order) {}

  void Add(size_t column, int64_t duration_ns) {
    if (column != open_column_) Open(column);
    ++open_->bins[BinOf(duration_ns)];
  }

  // The counts of bins in use, from the first to the last.
  struct Row {
    size_t first_bin = 0;
    std::vector<uint64_t> counts;
  };
  // One for each of that many columns. Nothing is added after that.
  std::vector<Row> TakeRows(size_t columns);

 private:
  struct Column {
    std::vector<uint64_t> bins;  // all of them, or none
    Row row;                     // what was counted before, when there are none
  };
  void Open(size_t column);
  static void Close(Column* column);

  bool in_order_;
  std::vector<Column> columns_;
  size_t open_column_ = SIZE_MAX;
  Column* open_ = nullptr;
};

// Give it all queries that were issued, in their order, each with all of its samples. Times are ns
// since the start of the series. Takes some 10 ns a sample and at most 8 MB.
class TimelineMaker {
 public:
  struct Series {
    Timeline::By by = Timeline::By::kDue;
    // What the columns divide: queries that are planned (kDue) or issued (kOrder), or samples.
    uint64_t divided = 0;
    uint64_t samples_per_query = 1;
    // kDue: of the plan. kCompletion: from the start to the last completion. Else it is not used.
    int64_t span_ns = 0;
    bool lags = false;    // queries have a schedule
    bool gaps = false;    // each query waits for the one before it
    bool tokens = false;  // with token latencies
  };
  explicit TimelineMaker(const Series& series);

  void AddQuery(uint64_t query, int64_t due_ns, int64_t issued_ns);

  struct Sample {
    uint64_t index = 0;           // in the library
    int64_t done_ns = -1;         // -1: it was never completed
    int64_t first_token_ns = -1;  // -1: none was reported
    int64_t n_tokens = 0;
  };
  // A sample of the query that was added last.
  void AddSample(const Sample& sample);

  Timeline Take() &&;

 private:
  static constexpr size_t kColumns = 240;
  static constexpr size_t kColumnsAfterPlan = 60;
  static constexpr size_t kParts =
      16;  // of a column, at whose ends the samples in flight are counted
  static constexpr size_t kSlowest = 50;

  // Of all columns, with room for those after the plan.
  struct Events {
    std::vector<uint64_t> due;
    std::vector<uint64_t> failed;
    std::vector<uint64_t> tokens;
    std::vector<uint64_t> issued;     // by part
    std::vector<uint64_t> completed;  // by part
  };

  bool by_time() const { return series_.by != Timeline::By::kOrder; }
  // The part that a time lies in; in the order of queries, the first of the present column.
  size_t PartOf(int64_t at_ns) const;
  size_t ColumnOf(int64_t at_ns) const { return PartOf(at_ns) / kParts; }
  void NoteSlow(const Sample& sample, int64_t latency_ns);
  size_t ColumnsInUse() const;
  std::vector<int64_t> Edges(size_t columns) const;
  void CountInFlight(size_t columns, Timeline* timeline) const;
  uint64_t InFlightAt(int64_t at_ns, const std::vector<uint64_t>& in_flight) const;

  const Series series_;
  const int64_t most_columns_;
  const int64_t width_ns_;  // of a column, where they divide time
  const size_t plan_columns_;
  const double parts_per_ns_;
  Events events_;
  GridMaker latency_;
  GridMaker ttft_;
  GridMaker tpot_;
  GridMaker lag_;
  GridMaker gap_;
  std::vector<int64_t> begins_ns_;   // kOrder: of the columns
  std::vector<SlowSample> slowest_;  // a heap whose front is the fastest of them
  uint64_t queries_added_ = 0;
  size_t column_ = 0;  // of the present query
  uint64_t query_ = 0;
  int64_t due_ns_ = 0;
  int64_t issued_ns_ = 0;
  int64_t last_done_ns_ = 0;  // of the queries before the present one
  int64_t latest_ns_ = 0;     // of all events
};

}  // namespace mlperf::results

#endif  // MLPERF_LOADGEN_RESULTS_TIMELINE_H_
