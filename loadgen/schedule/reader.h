// Reads a plan, query by query.

#ifndef MLPERF_LOADGEN_SCHEDULE_READER_H_
#define MLPERF_LOADGEN_SCHEDULE_READER_H_

#include <cstdint>

#include "mlperf_loadgen/query_sample.h"
#include "schedule/plan.h"
#include "schedule/streams.h"

namespace mlperf::schedule {

// Reads the queries that the plan keeps, and draws the others again, which costs about 35 ns a
// query and a microsecond each time the random engine refills. Allocates nothing; takes 10 KiB. The
// plan must outlive it. One thread at a time; any number of readers.
class Reader {
 public:
  // Stands at the first query.
  explicit Reader(const Plan& plan)
      : plan_(plan), arrivals_(plan.later_arrivals), positions_(plan.later_positions) {
    Read();
  }

  uint64_t query() const { return query_; }
  // When it is scheduled, ns since the start of the series; see Plan::ScheduledOffset.
  int64_t scheduled_ns() const { return scheduled_ns_; }
  // Its samples_per_query samples.
  const QuerySampleIndex* samples() const { return plan_.samples->data() + position_; }

  // Moves to the next query. After the last one there is nothing to read.
  void Advance() {
    ++query_;
    Read();
  }
  // Moves to `query`, which must not be before the current one.
  void AdvanceTo(uint64_t query) {
    while (query_ < query) Advance();
  }

 private:
  void Read() {
    position_ =
        query_ < plan_.first_position.size() ? plan_.first_position[query_] : positions_.Next();
    if (plan_.arrival_ns.empty()) {
      scheduled_ns_ = static_cast<int64_t>(query_) * plan_.gap_ns;
    } else if (query_ < plan_.arrival_ns.size()) {
      scheduled_ns_ = plan_.arrival_ns[query_];
    } else {
      scheduled_ns_ = arrivals_.due_ns();
      arrivals_.Advance();
    }
  }

  const Plan& plan_;
  uint64_t query_ = 0;
  int64_t scheduled_ns_ = 0;
  uint32_t position_ = 0;
  ArrivalStream arrivals_;
  PositionStream positions_;
};

}  // namespace mlperf::schedule

#endif  // MLPERF_LOADGEN_SCHEDULE_READER_H_
