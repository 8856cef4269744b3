// Says how each scenario differs from the others: one row a scenario.

#ifndef MLPERF_LOADGEN_SCENARIO_TRAITS_H_
#define MLPERF_LOADGEN_SCENARIO_TRAITS_H_

#include <cstddef>
#include <iterator>

#include "mlperf_loadgen/test_settings.h"

namespace mlperf::scenario {

// When queries are issued.
enum class Arrivals {
  kClosedLoop,  // each when the one before it has completed; due when it is issued
  kPoisson,     // at random times of a schedule, which is always issued to its end
  kTicks,       // at the ticks of a fixed interval, but for those that are skipped
  kOneQuery,    // there is one query, issued at once
};

// What the early stopping rule does.
enum class EarlyStopping {
  kNone,
  kEstimate,        // estimates the target percentile of the latency
  kEstimateAndP99,  // and the 99th percentile
  kCount,           // counts queries over the latency limit
};

// Which time must reach min_duration_ms.
enum class JudgedTime {
  kIssued,      // when the last query was issued
  kScheduled,   // when the last query was due, which does not depend on the SUT
  kMaxLatency,  // the latency of the slowest sample
};

// The performance constraint; a scenario without one is always said to meet it.
enum class Constraint {
  kNone,
  kLatency,    // the latency at the target percentile, or TTFT and TPOT
  kIntervals,  // how many queries skip an interval or take too long
};

// The figure that is the result of a test.
enum class Result {
  kLatency,  // at the target percentile
  kRate,     // samples per second
  kSamplesPerQuery,
};

// What FindPeakPerformance varies.
enum class PeakSearch {
  kNone,  // the mode is refused
  kQps,
  kSamplesPerQuery,
};

struct Traits {
  constexpr bool closed_loop() const { return arrivals == Arrivals::kClosedLoop; }
  constexpr bool poisson() const { return arrivals == Arrivals::kPoisson; }
  constexpr bool ticks() const { return arrivals == Arrivals::kTicks; }
  constexpr bool one_query() const { return arrivals == Arrivals::kOneQuery; }
  // Whether queries are due at times that are known before the test, so that they can be late.
  constexpr bool has_schedule() const { return poisson() || ticks(); }
  constexpr bool has_constraint() const { return constraint != Constraint::kNone; }

  const char* name;
  const char* doc;
  const char* name_in_configs;
  const char* spaced_name;  // in the logs of the first rounds: RoundForm::spaced_names
  Arrivals arrivals;
  bool contiguous_samples;  // a query has several samples, neighbours in the loaded set
  bool first_tokens;        // with token latencies: SUTs report first tokens, TTFT and TPOT count
  EarlyStopping early_stopping;
  JudgedTime judged_time;
  Constraint constraint;
  Result result;
  PeakSearch peak_search;

  // The settings that lg.run's short forms stand for here; null: none. The first is
  // expected_latency_ns in closed loops, target_qps elsewhere.
  const char* rate_setting;
  const char* target_latency_ns;
  const char* target_latency_percentile;
  const char* samples_per_query;
};

// A new scenario is an enumerator, a row here, its settings in settings/table.cc, and a case in
// these, which compare scenarios themselves:
//   settings/effective.cc      the effective settings
//   settings/apply.cc          which keys of a config are meant: MultiStream has two forms
//   settings/rules.cc          which of the two a round means by MultiStream
//   results/performance.cc     rates
//   results/verdict.cc         what to do when the test was too short
//   results/result_entries.cc  keys of the detail log
//   results/summary_text.cc    headline and statistics of the summary
// New values of Arrivals need a case in schedule/arrivals.cc and issue/pacer.cc. The chosen
// settings and texts of Python that compare names are in
//   python/mlperf_loadgen/harness/app.py
//   python/mlperf_loadgen/harness/arguments.py
//   python/mlperf_loadgen/harness/expected_length.py
//   python/mlperf_loadgen/harness/run_settings.py
inline constexpr Traits kTable[] = {
    // In the order of TestScenario.
    {.name = "SingleStream",
     .doc = "One sample at a time, each after the last has completed.",
     .name_in_configs = "SingleStream",
     .spaced_name = "Single Stream",
     .arrivals = Arrivals::kClosedLoop,
     .contiguous_samples = false,
     .first_tokens = true,
     .early_stopping = EarlyStopping::kEstimateAndP99,
     .judged_time = JudgedTime::kIssued,
     .constraint = Constraint::kNone,
     .result = Result::kLatency,
     .peak_search = PeakSearch::kNone,
     .rate_setting = "single_stream_expected_latency_ns",
     .target_latency_ns = nullptr,
     .target_latency_percentile = "single_stream_target_latency_percentile",
     .samples_per_query = nullptr},
    {.name = "MultiStream",
     .doc = "One query of several samples at a time.",
     .name_in_configs = "MultiStream",
     .spaced_name = "Multi Stream",
     .arrivals = Arrivals::kClosedLoop,
     .contiguous_samples = true,
     .first_tokens = true,
     .early_stopping = EarlyStopping::kEstimate,
     .judged_time = JudgedTime::kIssued,
     .constraint = Constraint::kNone,
     .result = Result::kLatency,
     .peak_search = PeakSearch::kNone,
     .rate_setting = "multi_stream_expected_latency_ns",
     .target_latency_ns = nullptr,
     .target_latency_percentile = "multi_stream_target_latency_percentile",
     .samples_per_query = "multi_stream_samples_per_query"},
    {.name = "Server",
     .doc = "Single-sample queries at random (Poisson) times.",
     .name_in_configs = "Server",
     .spaced_name = "Server",
     .arrivals = Arrivals::kPoisson,
     .contiguous_samples = false,
     .first_tokens = true,
     .early_stopping = EarlyStopping::kCount,
     .judged_time = JudgedTime::kScheduled,
     .constraint = Constraint::kLatency,
     .result = Result::kRate,
     .peak_search = PeakSearch::kQps,
     .rate_setting = "server_target_qps",
     .target_latency_ns = "server_target_latency_ns",
     .target_latency_percentile = "server_target_latency_percentile",
     .samples_per_query = nullptr},
    {.name = "Offline",
     .doc = "One query with all samples.",
     .name_in_configs = "Offline",
     .spaced_name = "Offline",
     .arrivals = Arrivals::kOneQuery,
     .contiguous_samples = false,
     .first_tokens = false,
     .early_stopping = EarlyStopping::kNone,
     .judged_time = JudgedTime::kMaxLatency,
     .constraint = Constraint::kNone,
     .result = Result::kRate,
     .peak_search = PeakSearch::kNone,
     .rate_setting = "offline_expected_qps",
     .target_latency_ns = nullptr,
     .target_latency_percentile = nullptr,
     .samples_per_query = nullptr},
    {.name = "MultiStreamFixedInterval",
     .doc =
         "The MultiStream of v0.5 to v1.0: a query of several samples at each tick of an interval.",
     .name_in_configs = "MultiStream",  // as in the rounds that had it
     .spaced_name = "Multi Stream",
     .arrivals = Arrivals::kTicks,
     .contiguous_samples = true,
     .first_tokens = true,
     .early_stopping = EarlyStopping::kNone,
     .judged_time = JudgedTime::kIssued,
     .constraint = Constraint::kIntervals,
     .result = Result::kSamplesPerQuery,
     .peak_search = PeakSearch::kSamplesPerQuery,
     .rate_setting = "multi_stream_interval_target_qps",
     .target_latency_ns = nullptr,
     .target_latency_percentile = "multi_stream_interval_target_latency_percentile",
     .samples_per_query = "multi_stream_interval_samples_per_query"},
};
inline constexpr size_t kCount = std::size(kTable);

// Whether a scenario has a row. C++ and Python can make an enumerator of any number.
constexpr bool IsKnown(TestScenario scenario) { return static_cast<size_t>(scenario) < kCount; }

// The row of a scenario that is known.
constexpr const Traits& TraitsOf(TestScenario scenario) {
  return kTable[static_cast<size_t>(scenario)];
}

}  // namespace mlperf::scenario

#endif  // MLPERF_LOADGEN_SCENARIO_TRAITS_H_
