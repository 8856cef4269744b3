// Decides how many queries a series has, and when each is due.

#ifndef MLPERF_LOADGEN_SCHEDULE_ARRIVALS_H_
#define MLPERF_LOADGEN_SCHEDULE_ARRIVALS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "mlperf_loadgen/test_settings.h"
#include "schedule/plan.h"
#include "schedule/streams.h"

namespace mlperf::schedule {

// Times are ns since the start of the series.
struct Arrivals {
  uint64_t query_count = 0;
  uint64_t likely_query_count = 0;  // closed loops: issued at the expected latency
  int64_t end_ns = 0;               // when one more query would be due
  int64_t gap_ns = 0;               // between two queries; 0 in Server
  // Server only: when each of the first kKeptQueries is due, when every kCheckpointEvery-th is, and
  // the stream from the first that is not kept.
  std::vector<int64_t> offset_ns;
  std::vector<int64_t> checkpoint_ns;
  ArrivalStream later;
};

// Returns the least number of queries before equal issue rounds it: min_query_count, or as many as
// cover the set where each sample is issued once (accuracy mode, performance_issue_unique). May be
// 0.
uint64_t MinQueries(const EffectiveSettings& settings, SeriesMode mode, const SetSize& set);

// Returns the most queries that MakeArrivals may generate; for random arrivals, a bound that is
// practically never exceeded. Throws like MakeArrivals.
double MostQueries(const EffectiveSettings& settings, SeriesMode mode, const SetSize& set);

// Names the settings that determine the size of a series: "follows from min_duration_ms = ...".
std::string SizeCauses(const EffectiveSettings& settings);

// Generates queries until there are enough of them and the last one is due late enough: at
// min_duration in Server and MultiStreamFixedInterval, where due times are real; elsewhere at twice
// the target duration, so that a system twice as fast as expected does not run out; at any time
// where each sample is issued once. Equal issue rounds the count of a performance run up to whole
// passes over the padded set. Offline has one query. Random stream 3: one exponential draw for each
// query of Server. Throws SettingsError, naming the settings that multiply, when that makes more
// than 2^32 - 1 samples or more than 2^57 ns (4.5 years).
Arrivals MakeArrivals(const EffectiveSettings& settings, SeriesMode mode, const LoadableSet& set,
                      const Poll& poll = {});

}  // namespace mlperf::schedule

#endif  // MLPERF_LOADGEN_SCHEDULE_ARRIVALS_H_
