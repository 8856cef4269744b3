#include "results/summary_text.h"

#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>

#include "base/text.h"
#include "results/early_stopping.h"
#include "results/percentiles.h"
#include "results/verdict.h"
#include "scenario/traits.h"
#include "settings/effective_table.h"
#include "settings/round_form.h"

namespace mlperf::results {
namespace {

std::string Text(int64_t value) { return std::to_string(value); }
std::string Text(int value) { return std::to_string(value); }
std::string Text(uint64_t value) { return std::to_string(value); }
std::string Text(bool value) { return value ? "1" : "0"; }
std::string Text(double value) { return base::General(value); }
std::string Text(std::string_view value) { return std::string(value); }

std::string TwoDecimals(double value) { return base::Fixed(value, 2); }

class Page {
 public:
  void Line(std::string_view text = {}) { (text_ += text) += '\n'; }

  // `name` brings its own colon and padding: they differ from line to line.
  template <typename T>
  void Line(std::string_view name, const T& value) {
    (text_ += name) += Text(value) + '\n';
  }

  void Title(std::string_view title) {
    const std::string ruler(48, '=');
    Line(ruler);
    Line(title);
    Line(ruler);
  }

  std::string&& Take() { return std::move(text_); }

 private:
  std::string text_;
};

void CompletedRate(const Report& report, Page* page) {
  page->Line("Completed samples per second    : ",
             TwoDecimals(report.completed_samples_per_second));
}

void ScheduledRate(const Report& report, Page* page) {
  page->Line("Scheduled samples per second : ", TwoDecimals(report.scheduled_samples_per_second));
}

void Headlines(const Report& report, Page* page) {
  const EffectiveSettings& settings = report.settings;
  const settings::RoundForm& form = settings::FormOf(settings.rules);
  const std::string percentile =
      PercentileLabel(settings.target_latency_percentile, form.percent_decimal);
  switch (settings.scenario) {
    case TestScenario::SingleStream:
    case TestScenario::MultiStream:
      page->Line(percentile + " percentile latency (ns) : ",
                 report.latency_at_target_percentile_ns);
      if (report.tokens) {
        page->Line(percentile + " first token percentile latency (ns) : ",
                   report.tokens->ttft_at_target_percentile_ns);
      }
      break;
    case TestScenario::Server:
      form.early_stopping ? CompletedRate(report, page) : ScheduledRate(report, page);
      if (report.tokens) {
        page->Line("Completed tokens per second: ", TwoDecimals(report.tokens->tokens_per_second));
      }
      if (settings.infer_token_latencies) {
        page->Line("Completed tokens per second (inferred): ",
                   TwoDecimals(report.inferred_tokens_per_second));
      }
      break;
    case TestScenario::MultiStreamFixedInterval:
      page->Line("Samples per query : ", settings.samples_per_query);
      break;
    case TestScenario::Offline:
      page->Line("Samples per second: ", report.samples_per_second);
      if (report.tokens) page->Line("Tokens per second: ", report.tokens->tokens_per_second);
      if (settings.infer_token_latencies) {
        page->Line("Tokens per second (inferred): ", report.inferred_tokens_per_second);
      }
      break;
  }
}

void Verdict(const Report& report, Page* page) {
  const auto yes = [](bool met) -> std::string_view { return met ? "Yes" : "NO"; };
  page->Line("Result is : ", std::string_view(report.valid ? "VALID" : "INVALID"));
  if (scenario::TraitsOf(report.settings.scenario).has_constraint()) {
    page->Line("  Performance constraints satisfied : ", yes(report.performance_constraints_met));
  }
  page->Line("  Min duration satisfied : ", yes(report.min_duration_met));
  page->Line("  Min queries satisfied : ", yes(report.min_queries_met));
  if (settings::FormOf(report.settings.rules).early_stopping) {
    page->Line("  Early stopping satisfied: ", yes(report.early_stopping_met));
  }
  if (report.valid) return;
  page->Line("Recommendations:");
  for (const std::string& recommendation : report.recommendations) {
    page->Line(" * ", std::string_view(recommendation));
    if (recommendation == kTooFewQueries) page->Line(kSeeDetailedLog);
  }
}

void EarlyStoppingResult(const Report& report, Page* page) {
  if (!settings::FormOf(report.settings.rules).early_stopping) return;
  const scenario::Traits& traits = scenario::TraitsOf(report.settings.scenario);
  if (traits.early_stopping == scenario::EarlyStopping::kNone) return;
  if (!report.tokens) {
    page->Line("Early Stopping Result:");
    page->Line(report.early_stopping.text);
    return;
  }
  page->Line("TTFT Early Stopping Result:");
  page->Line(TtftText(*report.tokens));
  page->Line("TPOT Early Stopping Result:");
  page->Line(report.tokens->tpot_early_stopping.text);
}

// Three lines of extremes, then the percentiles.
struct LatencyLabels {
  std::string_view min, max, mean, percentile;
};

void Latencies(const LatencySummary& summary, const LatencyLabels& labels, Page* page) {
  page->Line(labels.min, summary.min);
  page->Line(labels.max, summary.max);
  page->Line(labels.mean, summary.mean);
  for (const Percentile& percentile : kPercentiles) {
    page->Line(std::string(percentile.label) += labels.percentile, summary.*percentile.value);
  }
}

void SampleOrQueryLatencies(const LatencySummary& summary, Page* page) {
  Latencies(summary,
            {"Min latency (ns)                : ", "Max latency (ns)                : ",
             "Mean latency (ns)               : ", " percentile latency (ns)   : "},
            page);
}

// Aligned where a token's latency is "per" token.
std::string OutputTokenLabel(std::string_view which, std::string_view name) {
  return std::string(which).append(" ").append(name).append(" (ns)") +
         std::string(20 - which.size() - 1, ' ') + ": ";
}

void TokenStats(const TokenReport& tokens, const EffectiveSettings& settings, Page* page) {
  const TestScenario scenario = settings.scenario;
  page->Line();
  if (!scenario::TraitsOf(scenario).first_tokens) return;
  if (scenario == TestScenario::SingleStream) {
    page->Line("TPS w/ loadgen overhead         : ", TwoDecimals(tokens.tps_with_loadgen_overhead));
    page->Line("TPS w/o loadgen overhead        : ",
               TwoDecimals(tokens.tps_without_loadgen_overhead));
  } else if (scenario == TestScenario::Server) {
    page->Line("Completed tokens per second                 : ",
               TwoDecimals(tokens.tokens_per_second));
  }
  Latencies(tokens.ttft_ns,
            {"Min First Token latency (ns)                : ",
             "Max First Token latency (ns)                : ",
             "Mean First Token latency (ns)               : ",
             " percentile first token latency (ns)   : "},
            page);
  page->Line();
  const std::string_view name = settings::FormOf(settings.rules).output_token;
  const std::string min = OutputTokenLabel("Min", name);
  const std::string max = OutputTokenLabel("Max", name);
  const std::string mean = OutputTokenLabel("Mean", name);
  Latencies(tokens.tpot_ns, {min, max, mean, " percentile time to output token (ns)   : "}, page);
}

void Intervals(const Report& report, Page* page) {
  page->Line("Skipped intervals               : ", report.skipped_intervals.value_or(0));
  page->Line("Queries that skipped intervals  : ", report.skipping_query_count.value_or(0));
  for (const Percentile& percentile : kPercentiles) {
    page->Line(std::string(percentile.label) += " percentile intervals between queries : ",
               report.intervals_between_queries.*percentile.value);
  }
  page->Line();
}

void AdditionalStats(const Report& report, Page* page) {
  const TestScenario scenario = report.settings.scenario;
  page->Line();
  page->Title("Additional Stats");
  switch (scenario) {
    case TestScenario::SingleStream:
      page->Line("QPS w/ loadgen overhead         : ",
                 TwoDecimals(report.qps_with_loadgen_overhead));
      page->Line("QPS w/o loadgen overhead        : ",
                 TwoDecimals(report.qps_without_loadgen_overhead));
      page->Line();
      break;
    case TestScenario::Server:
      if (settings::FormOf(report.settings.rules).early_stopping) {
        ScheduledRate(report, page);
      } else {
        CompletedRate(report, page);
        page->Line();
      }
      break;
    case TestScenario::MultiStreamFixedInterval: Intervals(report, page); [[fallthrough]];
    case TestScenario::MultiStream: page->Line("Per-query latency:  "); break;
    case TestScenario::Offline: break;
  }
  SampleOrQueryLatencies(report.query_latency_ns, page);
  if (report.tokens) TokenStats(*report.tokens, report.settings, page);
}

// "min_duration (ms): 10000": the unit that the name ends in stands in brackets.
template <typename T>
void Parameter(std::string_view name, const T& value, Page* page) {
  if constexpr (!std::is_enum_v<T>) {
    std::string label(name);
    const std::string_view unit = name.substr(name.size() - 3);
    const bool has_unit = unit == "_ns" || unit == "_ms";
    if (has_unit) label.replace(label.size() - 3, 1, " (").append("): ");
    page->Line(has_unit ? label : label + " : ", value);
  }
}

void Parameters(const EffectiveSettings& settings, Page* page) {
  page->Line();
  page->Title("Test Parameters Used");
  for (const settings::EffectiveRow& row : settings::EffectiveTable()) {
    if (row.in_summary == nullptr || !row.in_summary(settings)) continue;
    std::visit([&](auto member) { Parameter(row.name, settings.*member, page); }, row.member);
  }
  if (settings.sample_concatenate_permutation) {
    page->Line("WARNING: sample_concatenate_permutation was set to true. ");
    page->Line("Generated samples per query might be different as the one in the setting.");
    page->Line("Check the generated_samples_per_query line in the detailed log for the real");
    page->Line("samples_per_query value");
  }
}

std::string CountLine(uint64_t count, std::string_view one, std::string_view many) {
  if (count == 0) return "No " + std::string(many) + " encountered during test.\n";
  return std::to_string(count) + " " + std::string(count == 1 ? one : many) +
         " encountered. See detailed log.\n";
}

}  // namespace

std::string EmptyResponsesText(uint64_t count) {
  return std::to_string(count) + (count == 1 ? " response has" : " responses have") +
         " no data in the accuracy log: no score can be made of them. A response carries the bytes "
         "of its answer.";
}

std::string SummaryText(const Report& report) {
  Page page;
  if (report.empty_response_count != 0) {
    page.Line(EmptyResponsesText(report.empty_response_count));
  }
  if (!report.has_performance) {
    // The established form has no words for an accuracy run that does not count.
    if (report.complete && report.recommendations.empty()) return page.Take();
    page.Line("Result is : INVALID");
    if (!report.complete) page.Line(" * " + base::OneLine(report.end_reason));
    for (const std::string& reason : report.recommendations) {
      page.Line(" * " + base::OneLine(reason));
    }
    return page.Take();
  }
  const settings::RoundForm& form = settings::FormOf(report.settings.rules);
  page.Title("MLPerf Results Summary");
  page.Line("SUT name : ", base::OneLine(report.sut_name));
  page.Line("Scenario : ", Name(report.settings.scenario, form));
  page.Line("Mode     : ", Name(report.settings.mode, form));
  Headlines(report, &page);
  Verdict(report, &page);
  EarlyStoppingResult(report, &page);
  AdditionalStats(report, &page);
  Parameters(report.settings, &page);
  return page.Take();
}

std::string ClosingLines(uint64_t warnings, uint64_t errors) {
  return "\n" + CountLine(warnings, "warning", "warnings") + "\n" +
         CountLine(errors, "ERROR", errors == 0 ? "errors" : "ERRORS");
}

}  // namespace mlperf::results
