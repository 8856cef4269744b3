#include "results/overhead.h"

#include <numeric>
#include <string>

#include "base/text.h"
#include "base/units.h"
#include "results/curve.h"
#include "results/order_statistics.h"
#include "scenario/traits.h"

namespace mlperf::results {
namespace {

using base::Duration;

constexpr double kShareWorthNoting = 0.1;

std::string Percent(double share) { return std::to_string(static_cast<int>(share * 100)) + " %"; }

OverheadReport BetweenQueries(const std::vector<int64_t>& gaps_ns, OrderStatistics& gaps,
                              double duration_seconds) {
  OverheadReport generator;
  generator.gap_ns = Summarize(gaps);
  const double total_ns = std::accumulate(gaps_ns.begin(), gaps_ns.end(), 0.0);
  if (duration_seconds > 0) generator.share = total_ns / base::kNsPerSecond / duration_seconds;
  return generator;
}

std::string GapNote(const OverheadReport& generator) {
  return Percent(generator.share) +
         " of the run is not latency: from the completion of a query to the issue of the next "
         "passed " +
         Duration(generator.gap_ns.mean) +
         " on average, in LoadGen, until its thread woke, and in the SUT after completing.";
}

std::string LagNote(const track::LateIssues& late, const EffectiveSettings& settings) {
  const std::string late_queries = std::to_string(late.count) + " queries were issued more than " +
                                   Duration(LateLimitNs(settings)) + " late";
  if (settings.server_coalesce_queries) {
    return late_queries +
           ": the SUT's issue call kept them back, or this machine woke LoadGen late.";
  }
  if (late.behind_calls > late.count / 2) {
    return late_queries + ", most of them because the SUT's issue call, which takes " +
           Duration(late.call_ns) +
           ", had not returned: hand samples to other threads, or use a SampleQueue.";
  }
  return late_queries +
         ", most of them because this machine woke LoadGen late: it is busy, or saves power.";
}

}  // namespace

int64_t LateLimitNs(const EffectiveSettings& settings) {
  return (settings.use_token_latencies ? settings.ttft_latency_ns : settings.target_latency_ns) /
         10;
}

void FillGenerator(const track::Measurements& measurements, Report* report) {
  const bool with_curves = !measurements.timeline.empty();
  if (!measurements.gap_ns.empty()) {
    OrderStatistics gaps(measurements.gap_ns);
    report->loadgen_overhead = BetweenQueries(measurements.gap_ns, gaps, report->duration_seconds);
    if (with_curves) report->curves.gap = CurveOf(gaps);
    if (report->loadgen_overhead->share > kShareWorthNoting) {
      report->notes.push_back(GapNote(*report->loadgen_overhead));
    }
  }
  if (measurements.schedule_lag_ns.empty()) return;
  OrderStatistics lags(measurements.schedule_lag_ns);
  report->schedule_lag_ns = Summarize(lags);
  if (with_curves) report->curves.lag = CurveOf(lags);
  const EffectiveSettings& settings = report->settings;
  if (scenario::TraitsOf(settings.scenario).poisson() &&
      report->schedule_lag_ns->p99 > LateLimitNs(settings)) {
    report->notes.push_back(LagNote(measurements.late_issues, settings));
  }
}

}  // namespace mlperf::results
