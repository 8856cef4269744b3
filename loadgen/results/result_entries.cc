#include "results/result_entries.h"

#include <string>
#include <string_view>
#include <utility>

#include "base/text.h"
#include "base/units.h"
#include "results/early_stopping.h"
#include "results/percentiles.h"
#include "results/verdict.h"
#include "scenario/traits.h"

namespace mlperf::results {
namespace {

class Writer {
 public:
  void Text(std::string key, std::string_view text) {
    Add(std::move(key), base::JsonString(base::OneLine(text)));
  }
  void Flag(std::string key, bool value) { Add(std::move(key), base::JsonBool(value)); }
  template <typename T>
  void Number(std::string key, T value) {
    Add(std::move(key), base::JsonNumber(value));
  }

  // One entry a percentile, its label between `before` and `after`.
  void Percentiles(std::string_view before, const LatencySummary& summary, std::string_view after) {
    for (const Percentile& percentile : kPercentiles) {
      Number(((std::string(before) += percentile.label) += after), summary.*percentile.value);
    }
  }

  base::Entries&& Take() { return std::move(entries_); }

 private:
  void Add(std::string key, std::string json) {
    entries_.push_back({std::move(key), std::move(json)});
  }

  base::Entries entries_;
};

// The reasons in a row. A space follows each but the one about the number of queries, also at the
// end.
std::string InvalidReason(const Report& report) {
  std::string reason;
  for (const std::string& recommendation : report.recommendations) {
    if (!reason.empty()) reason += ' ';
    reason += recommendation;
  }
  if (!reason.empty() && report.min_queries_met) reason += ' ';
  return reason;
}

void Verdict(const Report& report, Writer* writer) {
  writer->Text("result_validity", report.valid ? "VALID" : "INVALID");
  if (scenario::TraitsOf(report.settings.scenario).has_constraint()) {
    writer->Flag("result_perf_constraints_met", report.performance_constraints_met);
  }
  writer->Flag("result_min_duration_met", report.min_duration_met);
  writer->Flag("result_min_queries_met", report.min_queries_met);
  writer->Flag("early_stopping_met", report.early_stopping_met);
  if (!report.valid) writer->Text("result_invalid_reason", InvalidReason(report));
  if (report.tokens) {
    writer->Text("early_stopping_ttft_result", TtftText(*report.tokens));
    writer->Text("early_stopping_tpot_result", report.tokens->tpot_early_stopping.text);
  } else {
    writer->Text("early_stopping_result", report.early_stopping.text);
  }
  writer->Number("result_query_count", report.query_count);
  if (report.overlatency_query_count) {
    writer->Number("result_overlatency_query_count", *report.overlatency_query_count);
  }
}

void QueryLatencies(const LatencySummary& summary, Writer* writer) {
  writer->Number("result_min_query_latency_ns", summary.min);
  writer->Number("result_max_query_latency_ns", summary.max);
  writer->Number("result_mean_query_latency_ns", summary.mean);
  writer->Percentiles("result_", summary, "_percentile_per_query_latency_ns");
}

void OfScenario(const Report& report, Writer* writer) {
  const int64_t estimate = report.early_stopping.estimate_ns.value_or(0);
  const int64_t estimate_p99 = report.early_stopping.estimate_p99_ns.value_or(0);
  switch (report.settings.scenario) {
    case TestScenario::SingleStream:
      writer->Number("result_qps_with_loadgen_overhead", report.qps_with_loadgen_overhead);
      writer->Number("result_qps_without_loadgen_overhead", report.qps_without_loadgen_overhead);
      writer->Number("early_stopping_latency_ss", estimate);
      writer->Number("early_stopping_latency_ms", estimate_p99);
      break;
    case TestScenario::MultiStream:
      QueryLatencies(report.query_latency_ns, writer);
      writer->Number("early_stopping_latency_ms", estimate);
      break;
    case TestScenario::Server:
      writer->Number("result_scheduled_samples_per_sec", report.scheduled_samples_per_second);
      writer->Number("result_completed_samples_per_sec", report.completed_samples_per_second);
      break;
    case TestScenario::MultiStreamFixedInterval:
      writer->Number("result_skipped_intervals", report.skipped_intervals.value_or(0));
      writer->Number("result_skipping_query_count", report.skipping_query_count.value_or(0));
      writer->Percentiles("result_", report.intervals_between_queries,
                          "_percentile_num_intervals_between_queries");
      QueryLatencies(report.query_latency_ns, writer);
      break;
    case TestScenario::Offline:
      writer->Number("result_samples_per_second", report.samples_per_second);
      break;
  }
}

void TokenLatencies(const TokenReport& tokens, Writer* writer) {
  writer->Number("result_first_token_min_latency_ns", tokens.ttft_ns.min);
  writer->Number("result_first_token_max_latency_ns", tokens.ttft_ns.max);
  writer->Number("result_first_token_mean_latency_ns", tokens.ttft_ns.mean);
  writer->Percentiles("result_first_token_", tokens.ttft_ns, "_percentile_latency_ns");
  writer->Number("result_token_throughput_with_loadgen_overhead", tokens.tps_with_loadgen_overhead);
  // This key has always been in tokens per nanosecond.
  writer->Number("result_token_throughput",
                 tokens.tps_without_loadgen_overhead / base::kNsPerSecond);
  writer->Percentiles("result_time_per_output_token_", tokens.tpot_ns, "_percentile_ns");
  writer->Number("result_time_to_output_token_min", tokens.tpot_ns.min);
  writer->Number("result_time_to_output_token_max", tokens.tpot_ns.max);
  writer->Number("result_time_to_output_token_mean", tokens.tpot_ns.mean);
  writer->Number("result_completed_tokens_per_second", tokens.tokens_per_second);
}

void Tokens(const Report& report, Writer* writer) {
  const EffectiveSettings& settings = report.settings;
  const bool offline = scenario::TraitsOf(settings.scenario).one_query();
  if (report.tokens && offline) {
    writer->Number("result_tokens_per_second", report.tokens->tokens_per_second);
  } else if (report.tokens) {
    TokenLatencies(*report.tokens, writer);
  }
  if (!settings.infer_token_latencies) return;
  if (offline) {
    writer->Number("result_inferred_tokens_per_second", report.inferred_tokens_per_second);
  } else if (settings.scenario == TestScenario::Server) {
    writer->Number("result_inferred_completed_tokens_per_second",
                   report.inferred_tokens_per_second);
  }
}

}  // namespace

base::Entries GeneratorEntries(const Report& report) {
  Writer writer;
  if (report.schedule_lag_ns) {
    writer.Percentiles("schedule_lag_", *report.schedule_lag_ns, "_percentile_ns");
    writer.Number("schedule_lag_max_ns", report.schedule_lag_ns->max);
  }
  if (report.loadgen_overhead) {
    writer.Percentiles("generator_gap_", report.loadgen_overhead->gap_ns, "_percentile_ns");
    writer.Number("generator_gap_mean_ns", report.loadgen_overhead->gap_ns.mean);
    writer.Number("generator_share", report.loadgen_overhead->share);
  }
  for (const std::string& note : report.notes) writer.Text("generator_note", note);
  return writer.Take();
}

base::Entries ResultEntries(const Report& report) {
  if (!report.has_performance) return {};
  Writer writer;
  Verdict(report, &writer);
  OfScenario(report, &writer);
  writer.Number("result_min_latency_ns", report.latency_ns.min);
  writer.Number("result_max_latency_ns", report.latency_ns.max);
  writer.Number("result_mean_latency_ns", report.latency_ns.mean);
  writer.Percentiles("result_", report.latency_ns, "_percentile_latency_ns");
  Tokens(report, &writer);
  writer.Number("num_errors", report.error_count);
  return writer.Take();
}

}  // namespace mlperf::results
