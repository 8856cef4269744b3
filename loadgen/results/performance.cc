#include "results/performance.h"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <limits>
#include <span>
#include <stdexcept>
#include <utility>

#include "base/units.h"
#include "results/curve.h"
#include "results/early_stopping.h"
#include "results/order_statistics.h"
#include "results/overhead.h"
#include "results/verdict.h"
#include "scenario/traits.h"
#include "settings/round_form.h"

namespace mlperf::results {
namespace {

double Seconds(int64_t ns) { return static_cast<double>(ns) / base::kNsPerSecond; }

double Ratio(double dividend, double divisor) { return divisor > 0 ? dividend / divisor : 0; }

// n events in a row span n - 1 intervals.
double Intervals(uint64_t events) { return events == 0 ? 0 : static_cast<double>(events - 1); }

constexpr int64_t kNoTpot = -1;

// Time per output token after the first, of each sample; 0 when the first was reported no sooner
// than the whole.
std::vector<int64_t> TimesPerOutputToken(const track::Measurements& measured) {
  const size_t count = measured.sample_latency_ns.size();
  if (measured.ttft_ns.size() != count || measured.n_tokens.size() != count) {
    throw std::logic_error("token measurements do not match the samples");
  }
  std::vector<int64_t> times(count, kNoTpot);
  for (size_t i = 0; i < count; ++i) {
    if (measured.n_tokens[i] <= 1) continue;
    const int64_t after_first = measured.sample_latency_ns[i] - measured.ttft_ns[i];
    times[i] = std::max<int64_t>(after_first, 0) / (measured.n_tokens[i] - 1);
  }
  return times;
}

// The times of the samples that have one. Copied only when some have none.
std::span<const int64_t> WithTpot(const std::vector<int64_t>& tpot_ns,
                                  std::vector<int64_t>* copied) {
  if (std::find(tpot_ns.begin(), tpot_ns.end(), kNoTpot) == tpot_ns.end()) return tpot_ns;
  std::remove_copy(tpot_ns.begin(), tpot_ns.end(), std::back_inserter(*copied), kNoTpot);
  return *copied;
}

int64_t TokenCount(const std::vector<int64_t>& n_tokens) {
  constexpr int64_t kMost = std::numeric_limits<int64_t>::max();
  int64_t sum = 0;
  for (const int64_t n : n_tokens) sum = n > kMost - sum ? kMost : sum + n;
  return sum;
}

// The scenario's early stopping rule on one kind of latency.
EarlyStopping StopEarly(const EffectiveSettings& settings, OrderStatistics& latencies,
                        int64_t limit_ns) {
  EarlyStopping none;
  none.met = true;
  const settings::RoundForm& form = settings::FormOf(settings.rules);
  if (!form.early_stopping) return none;
  const scenario::EarlyStopping rule = scenario::TraitsOf(settings.scenario).early_stopping;
  switch (rule) {
    case scenario::EarlyStopping::kEstimate:
    case scenario::EarlyStopping::kEstimateAndP99:
      return EstimatePercentile(latencies, settings.target_latency_percentile,
                                rule == scenario::EarlyStopping::kEstimateAndP99,
                                form.percent_decimal);
    case scenario::EarlyStopping::kCount:
      return CheckOverlatency(settings.target_latency_percentile, latencies.size(),
                              latencies.CountAbove(limit_ns));
    case scenario::EarlyStopping::kNone: break;
  }
  return none;
}

// What the rates divide by, in seconds since the start of the series but for the latencies.
struct Spans {
  double scheduled = 0;  // of the query issued last, as are the next two
  double issued = 0;
  double all_done = 0;
  double max_latency = 0;
  double mean_latency = 0;
};

void FillRates(const Spans& spans, Report* report) {
  const EffectiveSettings& settings = report->settings;
  const double samples = static_cast<double>(report->sample_count);
  const double intervals = Intervals(report->sample_count);
  const double tokens_per_sample = settings.infer_token_latencies
                                       ? static_cast<double>(settings.token_latency_scaling_factor)
                                       : 0;
  switch (settings.scenario) {
    case TestScenario::SingleStream:
      report->qps_with_loadgen_overhead = Ratio(intervals, spans.issued);
      report->qps_without_loadgen_overhead = Ratio(1, spans.mean_latency);
      [[fallthrough]];
    case TestScenario::MultiStream:
    case TestScenario::MultiStreamFixedInterval:
      report->samples_per_second = Ratio(samples, report->duration_seconds);
      break;
    case TestScenario::Server:
      report->completed_samples_per_second = Ratio(intervals, spans.all_done);
      report->scheduled_samples_per_second = Ratio(intervals, spans.scheduled);
      report->samples_per_second = report->completed_samples_per_second;
      report->inferred_tokens_per_second = tokens_per_sample * report->samples_per_second;
      break;
    case TestScenario::Offline:
      report->samples_per_second = Ratio(samples, spans.max_latency);
      report->inferred_tokens_per_second = tokens_per_sample * report->samples_per_second;
      break;
  }
}

void FillIntervals(const std::vector<int64_t>& query_intervals, Report* report) {
  uint64_t skipped = 0;
  for (const int64_t intervals : query_intervals) skipped += static_cast<uint64_t>(intervals - 1);
  OrderStatistics statistics(query_intervals);
  report->skipped_intervals = skipped;
  report->skipping_query_count = statistics.CountAbove(1);
  report->intervals_between_queries = Summarize(statistics);
}

// MultiStream, where early stopping is about queries, judges both token latencies by
// `query_latencies`. `curves`: null, or where theirs go.
TokenReport MakeTokenReport(const EffectiveSettings& settings, const Spans& spans,
                            const std::vector<int64_t>& ttft_ns,
                            const std::vector<int64_t>& tpot_ns, int64_t token_count,
                            OrderStatistics& query_latencies, DurationCurves* curves) {
  const double percentile = settings.target_latency_percentile;
  const double tokens = static_cast<double>(token_count);
  OrderStatistics ttft(ttft_ns);
  std::vector<int64_t> copied;
  OrderStatistics tpot(WithTpot(tpot_ns, &copied));
  TokenReport report;
  if (curves != nullptr) {
    curves->ttft = CurveOf(ttft);
    curves->tpot = CurveOf(tpot);
  }
  report.token_count = token_count;
  report.tpot_sample_count = tpot.size();
  report.ttft_ns = Summarize(ttft);
  report.tpot_ns = Summarize(tpot);
  report.ttft_at_target_percentile_ns = ttft.Percentile(percentile);
  report.tpot_at_target_percentile_ns = tpot.Percentile(percentile);
  const scenario::Traits& traits = scenario::TraitsOf(settings.scenario);
  report.tokens_per_second = Ratio(tokens, traits.one_query() ? spans.max_latency : spans.all_done);
  report.tps_with_loadgen_overhead = Ratio(tokens, spans.issued);
  report.tps_without_loadgen_overhead =
      Ratio(tokens, spans.mean_latency * static_cast<double>(ttft_ns.size()));
  const bool by_query = traits.contiguous_samples;
  report.ttft_early_stopping =
      StopEarly(settings, by_query ? query_latencies : ttft, settings.ttft_latency_ns);
  report.tpot_early_stopping =
      StopEarly(settings, by_query ? query_latencies : tpot, settings.tpot_latency_ns);
  return report;
}

}  // namespace

void FillPerformance(track::Measurements measurements, const std::vector<std::string>& faults,
                     Report* report) {
  const EffectiveSettings& settings = report->settings;
  const double percentile = settings.target_latency_percentile;
  report->has_performance = true;
  report->query_count = measurements.queries_issued;
  report->sample_count = measurements.sample_latency_ns.size();
  report->missing_samples = measurements.missing_samples;
  report->duration_seconds = Seconds(measurements.last_completion_ns);

  OrderStatistics samples(measurements.sample_latency_ns);
  report->latency_ns = Summarize(samples);
  const bool several_per_query = !measurements.query_latency_ns.empty();
  OrderStatistics queries_of_several(measurements.query_latency_ns);
  OrderStatistics& queries = several_per_query ? queries_of_several : samples;
  report->query_latency_ns = several_per_query ? Summarize(queries) : report->latency_ns;
  report->latency_at_target_percentile_ns = queries.Percentile(percentile);

  FillGenerator(measurements, report);
  if (!measurements.timeline.empty()) {
    report->curves.latency = CurveOf(samples);
    if (several_per_query) report->curves.query_latency = CurveOf(queries);
  }

  Spans spans;
  spans.scheduled = Seconds(measurements.final_scheduled_ns);
  spans.issued = Seconds(measurements.final_issued_ns);
  spans.all_done = Seconds(measurements.final_all_done_ns);
  spans.max_latency = Seconds(report->latency_ns.max);
  spans.mean_latency = Seconds(report->latency_ns.mean);
  FillRates(spans, report);

  const scenario::Traits& traits = scenario::TraitsOf(settings.scenario);
  if (traits.has_constraint()) {
    report->overlatency_query_count = queries.CountAbove(settings.target_latency_ns);
  }
  if (traits.constraint == scenario::Constraint::kIntervals) {
    FillIntervals(measurements.query_intervals, report);
  }
  if (settings.use_token_latencies) {
    report->tpot_latencies_ns = TimesPerOutputToken(measurements);
    report->ttft_latencies_ns = std::move(measurements.ttft_ns);
    report->tokens =
        MakeTokenReport(settings, spans, report->ttft_latencies_ns, report->tpot_latencies_ns,
                        TokenCount(measurements.n_tokens), queries,
                        measurements.timeline.empty() ? nullptr : &report->curves);
    // Both must be met; the estimates that count are those of the time to first token.
    report->early_stopping = report->tokens->ttft_early_stopping;
    report->early_stopping.text.clear();
    report->early_stopping.met &= report->tokens->tpot_early_stopping.met;
  } else {
    report->early_stopping = StopEarly(settings, queries, settings.target_latency_ns);
  }
  Judge(measurements, faults, report);
  report->timeline = std::move(measurements.timeline);
  report->latencies_ns = std::move(measurements.sample_latency_ns);
  report->query_latencies_ns = std::move(measurements.query_latency_ns);
  report->query_intervals = std::move(measurements.query_intervals);
}

}  // namespace mlperf::results
