// Goes through a plan, query by query.

#ifndef MLPERF_LOADGEN_SCHEDULE_READER_H_
#define MLPERF_LOADGEN_SCHEDULE_READER_H_

#include <cstdint>

#include "query_sample.h"
#include "schedule/plan.h"
#include "schedule/streams.h"

namespace mlperf::schedule {

// Reads what the plan keeps of its queries and draws what it does not, which costs about 35 ns a
// query, and a microsecond each time the random engine has used up its numbers. Allocates nothing;
// 10 KiB. Needs the plan for as long as it lives. One thread at a time; any number of readers.
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

  // To the next query; behind the last one there is nothing to be read.
  void Advance() {
    ++query_;
    Read();
  }
  // To `query`, at which it stands already or which lies ahead.
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
