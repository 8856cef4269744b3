#include "c/report_values.h"

#include <limits>
#include <type_traits>
#include <vector>

#include "c/number_text.h"
#include "errors.h"
#include "scenario/traits.h"
#include "settings/config.h"
#include "settings/names.h"
#include "settings/suggest.h"

namespace mlperf::c {
namespace {

std::string Lines(const std::vector<std::string>& texts) {
  std::string lines;
  for (const std::string& text : texts) lines.append(lines.empty() ? "" : "\n").append(text);
  return lines;
}

ReportValue Result(const Report& report) {
  if (!report.has_performance) return {};
  switch (scenario::TraitsOf(report.settings.scenario).result) {
    case scenario::Result::kLatency: return report.latency_at_target_percentile_ns;
    case scenario::Result::kRate: return report.samples_per_second;
    case scenario::Result::kSamplesPerQuery: return report.settings.samples_per_query;
  }
  return {};
}

template <auto member>
ReportValue Member(const Report& report) {
  return report.*member;
}

template <auto member>
ReportValue Texts(const Report& report) {
  return Lines(report.*member);
}

template <auto member>
ReportValue Latency(const Report& report) {
  if (!report.has_performance) return {};
  return report.latency_ns.*member;
}

template <auto member>
ReportValue Token(const Report& report) {
  if (!report.tokens) return {};
  return (*report.tokens).*member;
}

struct Row {
  std::string_view name;
  ReportValue (*value)(const Report&);
};

constexpr Row kRows[] = {
    {"scenario",
     [](const Report& report) {
       return ReportValue(std::string(settings::Name(report.settings.scenario)));
     }},
    {"mode",
     [](const Report& report) {
       return ReportValue(std::string(settings::Name(report.settings.mode)));
     }},
    {"sut_name", Member<&Report::sut_name>},
    {"qsl_name", Member<&Report::qsl_name>},
    {"audited", Member<&Report::audited>},
    {"result", Result},
    {"peak",
     [](const Report& report) { return report.peak ? ReportValue(*report.peak) : ReportValue(); }},
    {"valid", Member<&Report::valid>},
    {"complete", Member<&Report::complete>},
    {"has_performance", Member<&Report::has_performance>},
    {"performance_constraints_met", Member<&Report::performance_constraints_met>},
    {"min_duration_met", Member<&Report::min_duration_met>},
    {"min_queries_met", Member<&Report::min_queries_met>},
    {"early_stopping_met", Member<&Report::early_stopping_met>},
    {"recommendations", Texts<&Report::recommendations>},
    {"errors", Texts<&Report::errors>},
    {"warnings", Texts<&Report::warnings>},
    {"notes", Texts<&Report::notes>},
    {"end_reason", Member<&Report::end_reason>},
    {"query_count", Member<&Report::query_count>},
    {"sample_count", Member<&Report::sample_count>},
    {"accuracy_sample_count", Member<&Report::accuracy_sample_count>},
    {"empty_response_count", Member<&Report::empty_response_count>},
    {"missing_samples", Member<&Report::missing_samples>},
    {"error_count", Member<&Report::error_count>},
    {"warning_count", Member<&Report::warning_count>},
    {"duration_seconds", Member<&Report::duration_seconds>},
    {"latency_min_ns", Latency<&LatencySummary::min>},
    {"latency_mean_ns", Latency<&LatencySummary::mean>},
    {"latency_max_ns", Latency<&LatencySummary::max>},
    {"latency_p50_ns", Latency<&LatencySummary::p50>},
    {"latency_p90_ns", Latency<&LatencySummary::p90>},
    {"latency_p95_ns", Latency<&LatencySummary::p95>},
    {"latency_p97_ns", Latency<&LatencySummary::p97>},
    {"latency_p99_ns", Latency<&LatencySummary::p99>},
    {"latency_p99_9_ns", Latency<&LatencySummary::p99_9>},
    {"tokens_per_second", Token<&TokenReport::tokens_per_second>},
    {"ttft_at_target_percentile_ns", Token<&TokenReport::ttft_at_target_percentile_ns>},
    {"tpot_at_target_percentile_ns", Token<&TokenReport::tpot_at_target_percentile_ns>},
    {"summary_path", Member<&Report::summary_path>},
    {"detail_path", Member<&Report::detail_path>},
    {"accuracy_path", Member<&Report::accuracy_path>},
    {"trace_path", Member<&Report::trace_path>},
};

}  // namespace

ReportValue ValueOf(const Report& report, std::string_view name) {
  std::vector<std::string_view> known;
  for (const Row& row : kRows) {
    if (row.name == name) return row.value(report);
    known.push_back(row.name);
  }
  std::string text = "a report has no '" + settings::Clip(name) + "'";
  const std::string_view nearest = settings::Nearest(name, known);
  if (!nearest.empty()) text.append("; the nearest known is '").append(nearest).append("'");
  throw SettingsError(text);
}

std::string TextOf(const ReportValue& value) {
  return std::visit(
      [](const auto& held) -> std::string {
        using Held = std::decay_t<decltype(held)>;
        if constexpr (std::is_same_v<Held, std::monostate>) {
          return {};
        } else if constexpr (std::is_same_v<Held, bool>) {
          return held ? "true" : "false";
        } else if constexpr (std::is_same_v<Held, double>) {
          return NumberText(held);
        } else if constexpr (std::is_same_v<Held, std::string>) {
          return held;
        } else {
          return std::to_string(held);
        }
      },
      value);
}

double NumberOf(const ReportValue& value, std::string_view name) {
  return std::visit(
      [name](const auto& held) -> double {
        using Held = std::decay_t<decltype(held)>;
        if constexpr (std::is_same_v<Held, std::monostate>) {
          return std::numeric_limits<double>::quiet_NaN();
        } else if constexpr (std::is_same_v<Held, std::string>) {
          throw SettingsError(std::string(name) + " is a text, not a number");
        } else {
          return static_cast<double>(held);
        }
      },
      value);
}

}  // namespace mlperf::c
