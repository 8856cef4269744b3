#include "results/report_fields.h"

#include <type_traits>

namespace mlperf::results {
namespace {

constexpr ReportField<LatencySummary> kLatencyFields[] = {
    {.name = "min", .member = &LatencySummary::min, .doc = "The shortest."},
    {.name = "max", .member = &LatencySummary::max, .doc = "The longest."},
    {.name = "mean", .member = &LatencySummary::mean, .doc = "The mean, in whole units."},
    {.name = "p50", .member = &LatencySummary::p50, .doc = "50th percentile."},
    {.name = "p90", .member = &LatencySummary::p90, .doc = "90th percentile."},
    {.name = "p95", .member = &LatencySummary::p95, .doc = "95th percentile."},
    {.name = "p97", .member = &LatencySummary::p97, .doc = "97th percentile."},
    {.name = "p99", .member = &LatencySummary::p99, .doc = "99th percentile."},
    {.name = "p99_9", .member = &LatencySummary::p99_9, .doc = "99.9th percentile."},
};

constexpr ReportField<OverheadReport> kOverheadFields[] = {
    {.name = "gap_ns",
     .member = &OverheadReport::gap_ns,
     .doc = "From a completion to the next issue, ns."},
    {.name = "share", .member = &OverheadReport::share, .doc = "Of the duration, a fraction."},
};

constexpr ReportField<EarlyStopping> kEarlyStoppingFields[] = {
    {.name = "met", .member = &EarlyStopping::met, .doc = "Whether enough queries ran."},
    {.name = "text", .member = &EarlyStopping::text, .doc = "As in the summary, in lines."},
    {.name = "estimate_ns",
     .member = &EarlyStopping::estimate_ns,
     .doc = "At the target percentile; not in Server and Offline."},
    {.name = "estimate_p99_ns",
     .member = &EarlyStopping::estimate_p99_ns,
     .doc = "SingleStream, when enough queries ran."},
};

constexpr ReportField<TokenReport> kTokenFields[] = {
    {.name = "token_count", .member = &TokenReport::token_count, .doc = "Tokens of all samples."},
    {.name = "tpot_sample_count",
     .member = &TokenReport::tpot_sample_count,
     .doc = "Samples of more than one token, which have a time per output token."},
    {.name = "ttft_ns", .member = &TokenReport::ttft_ns, .doc = "Time to first token."},
    {.name = "tpot_ns",
     .member = &TokenReport::tpot_ns,
     .doc = "Time per output token after the first."},
    {.name = "ttft_at_target_percentile_ns",
     .member = &TokenReport::ttft_at_target_percentile_ns,
     .doc = "Time to first token at the target percentile."},
    {.name = "tpot_at_target_percentile_ns",
     .member = &TokenReport::tpot_at_target_percentile_ns,
     .doc = "Time per output token at the target percentile."},
    {.name = "tokens_per_second",
     .member = &TokenReport::tokens_per_second,
     .doc = "Offline: by the longest latency; others: by the time of the last completion."},
    {.name = "tps_with_loadgen_overhead",
     .member = &TokenReport::tps_with_loadgen_overhead,
     .doc = "Tokens by the time of the last issue."},
    {.name = "tps_without_loadgen_overhead",
     .member = &TokenReport::tps_without_loadgen_overhead,
     .doc = "Tokens by the sum of the latencies."},
    {.name = "ttft_early_stopping",
     .member = &TokenReport::ttft_early_stopping,
     .doc = "Of the time to first token."},
    {.name = "tpot_early_stopping",
     .member = &TokenReport::tpot_early_stopping,
     .doc = "Of the time per output token."},
};

constexpr ReportField<PeakTrial> kPeakTrialFields[] = {
    {.name = "load",
     .member = &PeakTrial::load,
     .doc = "Queries a second; in MultiStreamFixedInterval samples a query."},
    {.name = "valid", .member = &PeakTrial::valid, .doc = "Whether the run was valid."},
    {.name = "latency_at_target_percentile_ns",
     .member = &PeakTrial::latency_at_target_percentile_ns,
     .doc = "Of samples; MultiStreamFixedInterval: of queries."},
    {.name = "reason", .member = &PeakTrial::reason, .doc = "Why it is not valid."},
};

constexpr ReportField<Report> kReportFields[] = {
    {.name = "sut_name", .member = &Report::sut_name, .doc = "What the SUT calls itself."},
    {.name = "qsl_name",
     .member = &Report::qsl_name,
     .doc = "What the sample library calls itself."},
    {.name = "settings", .member = &Report::settings, .doc = "What the test ran with."},
    {.name = "complete",
     .member = &Report::complete,
     .doc = "Whether the test reached its end; if not, the numbers tell of what ran up to then."},
    {.name = "audited",
     .member = &Report::audited,
     .doc = "Which settings an audit config changed, a sentence; \"\" without one."},
    {.name = "end_reason", .member = &Report::end_reason, .doc = "Of a test that is not complete."},
    {.name = "missing_samples",
     .member = &Report::missing_samples,
     .doc = "Samples issued and never completed."},
    {.name = "has_performance",
     .member = &Report::has_performance,
     .doc = "False in AccuracyOnly: there is no verdict then, and no measurement."},
    {.name = "valid", .member = &Report::valid, .doc = "The verdict on the performance run."},
    {.name = "performance_constraints_met",
     .member = &Report::performance_constraints_met,
     .doc = "Whether the target percentile kept the target latency."},
    {.name = "min_duration_met",
     .member = &Report::min_duration_met,
     .doc = "Whether the run was long enough."},
    {.name = "min_queries_met",
     .member = &Report::min_queries_met,
     .doc = "Whether enough queries ran."},
    {.name = "early_stopping_met",
     .member = &Report::early_stopping_met,
     .doc = "Whether the early stopping test holds."},
    {.name = "recommendations",
     .member = &Report::recommendations,
     .doc = "One for each reason why the result is invalid; may hold line ends."},
    {.name = "query_count", .member = &Report::query_count, .doc = "Queries issued."},
    {.name = "sample_count", .member = &Report::sample_count, .doc = "Samples completed."},
    {.name = "peak",
     .member = &Report::peak,
     .doc = "FindPeakPerformance: the load of the best valid trial, which this report is about."},
    {.name = "peak_trials",
     .member = &Report::peak_trials,
     .doc = "FindPeakPerformance: all of them, in the order in which they ran."},
    {.name = "overlatency_query_count",
     .member = &Report::overlatency_query_count,
     .doc = "Server: queries above the target latency. MultiStreamFixedInterval: above the "
            "interval times max_async_queries."},
    {.name = "skipped_intervals",
     .member = &Report::skipped_intervals,
     .doc = "MultiStreamFixedInterval: ticks without a query, because of one that was still out."},
    {.name = "skipping_query_count",
     .member = &Report::skipping_query_count,
     .doc = "MultiStreamFixedInterval: queries that skipped an interval; at most 1 % may."},
    {.name = "schedule_lag_ns",
     .member = &Report::schedule_lag_ns,
     .doc = "With a schedule: how long after its scheduled time a query was issued."},
    {.name = "loadgen_overhead",
     .member = &Report::loadgen_overhead,
     .doc = "SingleStream, MultiStream: LoadGen's own part."},
    {.name = "notes",
     .member = &Report::notes,
     .doc =
         "Says when the figures show the issuing side, not the SUT; does not affect the verdict."},
    {.name = "intervals_between_queries",
     .member = &Report::intervals_between_queries,
     .doc = "MultiStreamFixedInterval: a count, not ns; 1 when none was skipped.",
     .absent = Absent::kWithoutPerformance},
    {.name = "duration_seconds",
     .member = &Report::duration_seconds,
     .doc = "From the start to the last completion."},
    {.name = "latency_ns",
     .member = &Report::latency_ns,
     .doc = "Of samples.",
     .absent = Absent::kWithoutPerformance},
    {.name = "query_latency_ns",
     .member = &Report::query_latency_ns,
     .doc = "Of queries; differs from that of samples in both MultiStreams only.",
     .absent = Absent::kWithoutPerformance},
    {.name = "latency_at_target_percentile_ns",
     .member = &Report::latency_at_target_percentile_ns,
     .doc = "Of samples; both MultiStreams: of queries.",
     .absent = Absent::kWithoutPerformance},
    {.name = "early_stopping",
     .member = &Report::early_stopping,
     .doc =
         "The early stopping test. With token latencies: both of its rules, the estimates of TTFT.",
     .absent = Absent::kWithoutPerformance},
    {.name = "qps_with_loadgen_overhead",
     .member = &Report::qps_with_loadgen_overhead,
     .doc = "SingleStream.",
     .absent = Absent::kAtZero},
    {.name = "qps_without_loadgen_overhead",
     .member = &Report::qps_without_loadgen_overhead,
     .doc = "SingleStream.",
     .absent = Absent::kAtZero},
    {.name = "completed_samples_per_second",
     .member = &Report::completed_samples_per_second,
     .doc = "Server: the official figure.",
     .absent = Absent::kAtZero},
    {.name = "scheduled_samples_per_second",
     .member = &Report::scheduled_samples_per_second,
     .doc = "Server.",
     .absent = Absent::kAtZero},
    {.name = "samples_per_second",
     .member = &Report::samples_per_second,
     .doc = "Offline: the official figure. Server: completed. Others: samples / duration.",
     .absent = Absent::kAtZero},
    {.name = "inferred_tokens_per_second",
     .member = &Report::inferred_tokens_per_second,
     .doc = "With infer_token_latencies: Offline, Server.",
     .absent = Absent::kAtZero},
    {.name = "tokens", .member = &Report::tokens, .doc = "With use_token_latencies."},
    {.name = "error_count", .member = &Report::error_count, .doc = "Errors in the detail log."},
    {.name = "warning_count",
     .member = &Report::warning_count,
     .doc = "Warnings in the detail log."},
    {.name = "errors",
     .member = &Report::errors,
     .doc = "One line a kind of error, with its count and first example."},
    {.name = "warnings",
     .member = &Report::warnings,
     .doc = "One line a kind of warning, with its count."},
    {.name = "empty_response_count",
     .member = &Report::empty_response_count,
     .doc = "Responses in the accuracy log without data: no score can be made of them."},
    {.name = "accuracy_sample_count",
     .member = &Report::accuracy_sample_count,
     .doc = "Samples issued in accuracy mode."},
    {.name = "latencies_ns",
     .member = &Report::latencies_ns,
     .doc = "One entry a sample, in the order of issue; read-only, not a copy."},
    {.name = "query_latencies_ns",
     .member = &Report::query_latencies_ns,
     .doc = "Both MultiStreams; empty elsewhere."},
    {.name = "query_intervals",
     .member = &Report::query_intervals,
     .doc = "MultiStreamFixedInterval: intervals from each query to the next; empty elsewhere."},
    {.name = "ttft_latencies_ns",
     .member = &Report::ttft_latencies_ns,
     .doc = "With use_token_latencies; empty otherwise."},
    {.name = "tpot_latencies_ns",
     .member = &Report::tpot_latencies_ns,
     .doc = "With use_token_latencies; empty otherwise. -1: a sample of one token has none."},
    {.name = "summary_path",
     .member = &Report::summary_path,
     .doc = "Empty when no files were written, as are the others."},
    {.name = "detail_path", .member = &Report::detail_path, .doc = "The detail log."},
    {.name = "accuracy_path", .member = &Report::accuracy_path, .doc = "The accuracy log."},
    {.name = "trace_path", .member = &Report::trace_path, .doc = "The trace."},
};

}  // namespace

template <>
std::span<const ReportField<LatencySummary>> Fields() {
  return kLatencyFields;
}
template <>
std::span<const ReportField<OverheadReport>> Fields() {
  return kOverheadFields;
}
template <>
std::span<const ReportField<EarlyStopping>> Fields() {
  return kEarlyStoppingFields;
}
template <>
std::span<const ReportField<TokenReport>> Fields() {
  return kTokenFields;
}
template <>
std::span<const ReportField<PeakTrial>> Fields() {
  return kPeakTrialFields;
}
template <>
std::span<const ReportField<Report>> Fields() {
  return kReportFields;
}

bool IsAbsent(const ReportField<Report>& field, const Report& report) {
  if (field.absent == Absent::kWithoutPerformance && !report.has_performance) return true;
  return std::visit(
      [&](auto member) {
        const auto& value = report.*member;
        using Value = std::remove_cvref_t<decltype(value)>;
        if constexpr (std::is_same_v<Value, double>) {
          return field.absent == Absent::kAtZero && value == 0;
        } else if constexpr (requires { value.has_value(); }) {
          return !value.has_value();
        } else {
          return false;
        }
      },
      field.member);
}

}  // namespace mlperf::results
