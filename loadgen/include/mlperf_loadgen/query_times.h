// How long a query has waited.

#ifndef MLPERF_LOADGEN_QUERY_TIMES_H_
#define MLPERF_LOADGEN_QUERY_TIMES_H_

#include <chrono>
#include <optional>

#include "api.h"
#include "cxx17.h"
#include "query_sample.h"

namespace mlperf {

// What LoadGen takes its times from.
using PerfClock = std::chrono::steady_clock;

struct QueryTimes {
  PerfClock::time_point scheduled_time;  // when it was due; its latency counts from here
  PerfClock::time_point issued_time;     // when it was handed to the SUT
};

// Of the query that the sample `id` belongs to; nothing where no such sample is out: never issued,
// completed, or of a test that is over. Any thread. In Server, for a query with more than a
// million before it, the arrivals are drawn again up to it, which takes milliseconds.
MLPERF_LOADGEN_API std::optional<QueryTimes> TimesOf(ResponseId id);

}  // namespace mlperf

#endif  // MLPERF_LOADGEN_QUERY_TIMES_H_
