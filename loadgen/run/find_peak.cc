// Run's part in FindPeakPerformance: what a trial is, and which one is kept.

#include <algorithm>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>

#include "base/text.h"
#include "errors.h"
#include "results/early_stopping.h"
#include "results/performance.h"
#include "run/peak_search.h"
#include "run/run.h"
#include "scenario/traits.h"
#include "schedule/arrivals.h"

namespace mlperf::run {

using schedule::SeriesMode;

namespace {

// What is wrong with a trial, a line each.
std::string WhyInvalid(const Report& report) {
  std::string reasons;
  const auto add = [&](const std::string& reason) {
    reasons += (reasons.empty() ? "" : " ") + reason;
  };
  for (const std::string& reason : report.recommendations) add(reason);
  if (reasons.empty() && !report.valid) {
    add("Early stopping: " + base::OneLine(report.early_stopping.text));
  }
  return reasons;
}

// Nothing else was wrong, and not every query was too slow.
bool FailedForLatency(const Report& report) {
  const size_t of_latency = report.performance_constraints_met ? 0 : 1;
  const bool all_too_slow =
      !report.tokens && report.latency_ns.min > report.settings.target_latency_ns;
  return report.recommendations.size() == of_latency && !all_too_slow;
}

}  // namespace

void Run::FindPeakPerformance() {
  events_->Info("Starting FindPeakPerformance mode");
  const scenario::Traits& traits = scenario::TraitsOf(settings_.scenario);
  EffectiveSettings best_settings = settings_;
  track::Measurements best;
  std::string first_failure;
  const auto say = [&](const std::string& text) { events_->Info(text); };
  const auto passes = [&](double load, EffectiveSettings trial) {
    // Fewer cannot be valid, however fast the SUT is.
    if (traits.early_stopping == scenario::EarlyStopping::kCount) {
      trial.min_query_count = std::max(trial.min_query_count,
                                       results::QueriesNeeded(trial.target_latency_percentile, 0));
    }
    try {
      RequireMemory(trial);
    } catch (const SettingsError& error) {
      series_settings_ = std::move(best_settings);
      measured_ = std::move(best);
      throw SettingsError(std::string("FindPeakPerformance: the next trial does not fit: ") +
                          error.what());
    }
    const auto sets = schedule::LoadableSets(trial, SeriesMode::kPerformance, qsl_total_count_);
    RunSeries(trial, SeriesMode::kPerformance, sets.front(), 0, 1);
    Report report;
    report.settings = trial;
    results::FillPerformance(measured_, {}, &report);
    peak_trials_.push_back(
        {load, report.valid, report.latency_at_target_percentile_ns, WhyInvalid(report)});
    if (report.valid) {
      peak_ = load;
      best_settings = std::move(trial);
      best = std::exchange(measured_, {});
    } else {
      load_failed_trial_ = FailedForLatency(report);
      if (first_failure.empty()) first_failure = peak_trials_.back().reason;
    }
    return report.valid;
  };
  const bool found = traits.peak_search == scenario::PeakSearch::kQps
                         ? FindPeakQps(passes, say)
                         : FindPeakSamples(passes, say);
  if (found) {
    series_settings_ = std::move(best_settings);
    measured_ = std::move(best);
  } else {
    events_->Error(
        "FindPeakPerformance: Initial lower bound does not satisfy performance constraints, msg: " +
        base::OneLine(first_failure));
  }
}

bool Run::LowerLoadMayPass() const {
  if (!load_failed_trial_) return false;
  if (peak_trials_.size() < 2) return true;
  // As slow as at twice the load: it is the SUT.
  constexpr double kFaster = 0.9;
  const auto latency_ns = [](const PeakTrial& trial) {
    return static_cast<double>(trial.latency_at_target_percentile_ns);
  };
  return latency_ns(peak_trials_.back()) < kFaster * latency_ns(peak_trials_.end()[-2]);
}

bool Run::FindPeakQps(const Trial& passes, const Say& say) const {
  PeakSearch search;
  search.start_qps = settings_.target_qps;
  search.step = settings_.find_peak_qps_boundary_step_size;
  search.decimals = settings_.find_peak_qps_decimals_of_precision;
  search.say = say;
  search.lower_may_pass = [this] { return LowerLoadMayPass(); };
  search.passes = [&](double qps) {
    EffectiveSettings trial = settings_;
    trial.target_qps = qps;
    return passes(qps, trial);
  };
  return FindPeak(search).has_value();
}

bool Run::FindPeakSamples(const Trial& passes, const Say& say) const {
  constexpr uint64_t kMaxSamples = std::numeric_limits<uint32_t>::max();  // of a plan
  // Keeps the search on a SUT that does nothing from filling the memory.
  constexpr uint64_t kMaxSamplesPerQuery = 1U << 16U;
  const auto sets = schedule::LoadableSets(settings_, SeriesMode::kPerformance, qsl_total_count_);
  const schedule::Arrivals arrivals =
      schedule::MakeArrivals(settings_, SeriesMode::kPerformance, sets.front());
  CountSearch search;
  search.start = settings_.samples_per_query;
  search.limit =
      std::max(search.start, std::min(kMaxSamples / arrivals.query_count, kMaxSamplesPerQuery));
  search.say = say;
  search.passes = [&](uint64_t samples_per_query) {
    EffectiveSettings trial = settings_;
    trial.samples_per_query = samples_per_query;
    trial.min_sample_count = trial.min_query_count * samples_per_query;
    return passes(static_cast<double>(samples_per_query), trial);
  };
  return FindPeakCount(search).has_value();
}

}  // namespace mlperf::run
