#include "results/verdict.h"

#include "base/text.h"
#include "base/units.h"
#include "scenario/traits.h"

namespace mlperf::results {
namespace {

// How many of `queries` may break a limit that the `percentile` must keep. The subtraction is
// exact, the percentile itself is not: 10 % of 10 queries are 1, though 1 - 0.9 is a little less
// than 0.1.
double Allowed(double percentile, uint64_t queries) {
  constexpr double kRounding = 1e-15;
  return (1 - percentile + kRounding) * static_cast<double>(queries);
}

std::string BrokenInterval(const Report& report) {
  const double allowed = Allowed(report.settings.target_latency_percentile, report.query_count);
  const auto too_many = [&](const std::optional<uint64_t>& queries) {
    return static_cast<double>(queries.value_or(0)) > allowed;
  };
  const bool broken =
      too_many(report.skipping_query_count) || too_many(report.overlatency_query_count);
  return broken ? "Reduce samples per query to skip fewer intervals." : "";
}

// The limits that a Server run must keep; empty when it does, else what to do. Token latencies
// replace the latency of the whole sample.
std::string BrokenConstraint(const Report& report) {
  const EffectiveSettings& settings = report.settings;
  constexpr const char* kAdvice = "Reduce target QPS to improve latency.";
  const scenario::Constraint constraint = scenario::TraitsOf(settings.scenario).constraint;
  if (constraint == scenario::Constraint::kIntervals) return BrokenInterval(report);
  if (constraint == scenario::Constraint::kNone) return {};
  if (!report.tokens) {
    const bool late = report.latency_at_target_percentile_ns > settings.target_latency_ns;
    return late ? kAdvice : "";
  }
  std::string advice;
  if (report.tokens->ttft_at_target_percentile_ns > settings.ttft_latency_ns) {
    advice = std::string("TTFT constrain not met: ") + kAdvice;
  }
  if (report.tokens->tpot_at_target_percentile_ns > settings.tpot_latency_ns) {
    if (!advice.empty()) advice += "\n * ";
    advice += std::string("TPOT constrain not met: ") + kAdvice;
  }
  return advice;
}

// The time that must reach min_duration.
int64_t JudgedDuration(const track::Measurements& measurements, const Report& report) {
  using scenario::JudgedTime;
  switch (scenario::TraitsOf(report.settings.scenario).judged_time) {
    case JudgedTime::kScheduled: return measurements.final_scheduled_ns;
    case JudgedTime::kMaxLatency: return report.latency_ns.max;
    case JudgedTime::kIssued: break;
  }
  return measurements.final_issued_ns;
}

const char* LongerRunAdvice(TestScenario scenario) {
  switch (scenario) {
    case TestScenario::Server:
      return "Increase the target QPS so the loadgen pre-generates more queries.";
    case TestScenario::Offline:
      return "Increase expected QPS so the loadgen pre-generates a larger (coalesced) query.";
    case TestScenario::MultiStreamFixedInterval:
      return "Let the test run to its end: a limit on its length came before its minimum duration.";
    case TestScenario::SingleStream:
    case TestScenario::MultiStream: break;
  }
  return "Decrease the expected latency so the loadgen pre-generates more queries.";
}

std::string MissingText(uint64_t count) {
  return count == 1 ? "1 issued sample was never completed."
                    : std::to_string(count) + " issued samples were never completed.";
}

}  // namespace

void Judge(const track::Measurements& measurements, const std::vector<std::string>& faults,
           Report* report) {
  const EffectiveSettings& settings = report->settings;
  std::vector<std::string>& reasons = report->recommendations;
  reasons.clear();

  // Nothing measured keeps no limit. And what was cut short is advised of its end only.
  const bool measured = report->sample_count > 0;
  const bool advise = report->complete;
  const std::string broken_constraint = BrokenConstraint(*report);
  const bool judges_tpot = report->tokens && scenario::TraitsOf(settings.scenario).first_tokens;
  const bool no_tpot = measured && judges_tpot && report->tokens->tpot_sample_count == 0;
  report->performance_constraints_met = measured && !no_tpot && broken_constraint.empty();
  if (advise && !broken_constraint.empty()) reasons.push_back(broken_constraint);

  report->min_duration_met = measured && JudgedDuration(measurements, *report) / base::kNsPerMs >=
                                             settings.min_duration_ms;
  if (advise && !report->min_duration_met) {
    reasons.emplace_back(LongerRunAdvice(settings.scenario));
  }

  report->min_queries_met = measured && report->query_count >= settings.min_query_count &&
                            report->sample_count >= settings.min_sample_count;
  if (advise && !report->min_queries_met) reasons.emplace_back(kTooFewQueries);

  if (!report->complete) {
    reasons.push_back(report->end_reason.empty() ? "The test did not run to its end."
                                                 : "The test did not run to its end: " +
                                                       base::OneLine(report->end_reason));
  }
  if (report->missing_samples > 0) reasons.push_back(MissingText(report->missing_samples));
  for (const std::string& fault : faults) reasons.push_back(base::OneLine(fault));

  if (no_tpot) {
    reasons.emplace_back(
        "No sample has a time per output token (TPOT): each was completed with fewer than two "
        "tokens (n_tokens).");
  }

  report->early_stopping_met = report->early_stopping.met;
  report->valid = reasons.empty() && report->early_stopping_met;
}

}  // namespace mlperf::results
