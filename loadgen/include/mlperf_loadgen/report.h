// What a test found out, as values. The summary and the results in the detail log are this report
// put into words.

#ifndef MLPERF_LOADGEN_REPORT_H_
#define MLPERF_LOADGEN_REPORT_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cxx17.h"
#include "test_settings.h"
#include "timeline.h"

namespace mlperf {

// Of a set of durations, in ns. A percentile p is the order statistic at 0-based index
// floor(n * p): always a value that occurred, never interpolated. All zero when there are none.
struct LatencySummary {
  int64_t min = 0;
  int64_t max = 0;
  int64_t mean = 0;  // truncated to whole ns
  int64_t p50 = 0;
  int64_t p90 = 0;
  int64_t p95 = 0;
  int64_t p97 = 0;
  int64_t p99 = 0;
  int64_t p99_9 = 0;
};

// The early stopping test: whether enough queries ran to trust the percentile at 99 % confidence.
struct EarlyStopping {
  bool met = false;
  std::string text;                        // as in the summary, lines separated by \n
  std::optional<int64_t> estimate_ns;      // at the target percentile (not Server, Offline)
  std::optional<int64_t> estimate_p99_ns;  // SingleStream, when 662 queries ran
};

// Of the measured series; only with TestSettings::use_token_latencies. TTFT: time to first token.
// TPOT: time per output token after the first.
struct TokenReport {
  int64_t token_count = 0;
  // Those that have a TPOT: a sample of one token has none, and does not count in its figures.
  uint64_t tpot_sample_count = 0;
  LatencySummary ttft_ns;
  LatencySummary tpot_ns;
  int64_t ttft_at_target_percentile_ns = 0;
  int64_t tpot_at_target_percentile_ns = 0;
  double tokens_per_second = 0;  // Offline: / max latency; others: / time of the last completion
  double tps_with_loadgen_overhead = 0;     // token count / time of the last issue
  double tps_without_loadgen_overhead = 0;  // token count / summed latency
  EarlyStopping ttft_early_stopping;
  EarlyStopping tpot_early_stopping;
};

// SingleStream, MultiStream: from the last completion of a query to the issue of the next. That is
// LoadGen's own time, the waking of its thread, and what the SUT does on that thread after
// completing a query.
struct OverheadReport {
  LatencySummary gap_ns;
  double share = 0;  // of the duration, a fraction
};

// One run of a search for the peak.
struct PeakTrial {
  double load = 0;  // queries a second; in MultiStreamFixedInterval samples a query
  bool valid = false;
  int64_t latency_at_target_percentile_ns = 0;
  std::string reason;  // why it is not valid; may hold \n
};

struct Report {
  std::string sut_name;
  std::string qsl_name;
  EffectiveSettings settings;
  std::string audited;  // which settings an audit config changed, a sentence; empty without one

  // Whether the run reached its end. When it did not, the numbers below describe what was measured
  // up to then, and the run is invalid.
  bool complete = true;
  std::string end_reason;  // of a run that is not complete
  uint64_t missing_samples = 0;

  // The verdict on the performance run. False, and all below empty, in AccuracyOnly.
  bool has_performance = false;
  bool valid = false;
  bool performance_constraints_met = false;
  bool min_duration_met = false;
  bool min_queries_met = false;
  bool early_stopping_met = false;
  // One for each reason why it is invalid; may hold \n. In AccuracyOnly, why its responses are not
  // to be trusted.
  std::vector<std::string> recommendations;

  uint64_t query_count = 0;   // queries issued
  uint64_t sample_count = 0;  // samples completed
  // Server: queries above the target latency; MultiStreamFixedInterval: above max_async_queries
  // intervals.
  std::optional<uint64_t> overlatency_query_count;
  double duration_seconds = 0;  // start to the last completion

  // FindPeakPerformance. The load of the best valid trial, which the rest of this report is about;
  // nothing when there was none.
  std::optional<double> peak;
  std::vector<PeakTrial> peak_trials;  // in the order in which they ran

  LatencySummary latency_ns;                    // of samples
  LatencySummary query_latency_ns;              // of queries; differs in both MultiStreams only
  int64_t latency_at_target_percentile_ns = 0;  // of samples; both MultiStreams: of queries
  EarlyStopping early_stopping;  // with token latencies: both rules met, the estimates of TTFT

  // MultiStreamFixedInterval, whose official figure is settings.samples_per_query. A query skips
  // intervals when it is still out at the ticks that follow it.
  std::optional<uint64_t> skipped_intervals;
  std::optional<uint64_t> skipping_query_count;  // queries that skipped at least one
  LatencySummary intervals_between_queries;      // a count, not ns; 1 when none was skipped

  // Server, MultiStreamFixedInterval: how long after its scheduled time a query was issued. Part of
  // its latency; the time for which LoadGen, or a call of IssueQuery before it, kept it back.
  std::optional<LatencySummary> schedule_lag_ns;

  std::optional<OverheadReport> loadgen_overhead;  // SingleStream, MultiStream, from two queries on

  // When LoadGen or the thread it issues on, not the SUT, is what the figures show: a sentence
  // each, which does not affect the verdict.
  std::vector<std::string> notes;

  // Rates per second; zero where the scenario does not define them.
  double qps_with_loadgen_overhead = 0;     // SingleStream
  double qps_without_loadgen_overhead = 0;  // SingleStream
  double completed_samples_per_second = 0;  // Server, the official figure
  double scheduled_samples_per_second = 0;  // Server
  double samples_per_second = 0;          // Offline; Server: completed; others: samples / duration
  double inferred_tokens_per_second = 0;  // with infer_token_latencies: Offline, Server

  std::optional<TokenReport> tokens;

  uint64_t error_count = 0;
  uint64_t warning_count = 0;
  std::vector<std::string> errors;    // one line a kind of error, with its count and first example
  std::vector<std::string> warnings;  // one line a kind of warning, with its count

  uint64_t accuracy_sample_count = 0;  // samples issued in accuracy mode
  // Responses that are in the accuracy log without data, with which no score can be made of them.
  uint64_t empty_response_count = 0;

  // One entry a sample, in the order of issue.
  std::vector<int64_t> latencies_ns;
  std::vector<int64_t> query_latencies_ns;  // both MultiStreams; empty elsewhere
  std::vector<int64_t> query_intervals;     // MultiStreamFixedInterval: to the next query, >= 1
  std::vector<int64_t> ttft_latencies_ns;   // with token latencies
  std::vector<int64_t> tpot_latencies_ns;   // with token latencies; -1: the sample has none

  // With LogSettings::keep_timeline, of the measured series; empty otherwise.
  Timeline timeline;
  DurationCurves curves;

  std::string summary_path;  // files written; empty when there are none
  std::string detail_path;
  std::string accuracy_path;
  std::string trace_path;
};

}  // namespace mlperf

#endif  // MLPERF_LOADGEN_REPORT_H_
