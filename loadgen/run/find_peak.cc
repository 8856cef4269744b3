// Run's part in FindPeakPerformance: what a trial is, and which one is kept.

#include <algorithm>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>

#include "errors.h"
#include "results/performance.h"
#include "run/peak_search.h"
#include "run/run.h"
#include "schedule/arrivals.h"

namespace mlperf::run {

using schedule::SeriesMode;

void Run::FindPeakPerformance() {
  journal_->Message("Starting FindPeakPerformance mode");
  EffectiveSettings best_settings = settings_;
  track::Measurements best;
  std::string first_failure;
  const auto say = [&](const std::string& text) { journal_->Message(text); };
  const auto passes = [&](const EffectiveSettings& trial) {
    try {
      RequireMemory(trial);
    } catch (const SettingsError& error) {
      series_settings_ = best_settings;
      measured_ = std::move(best);
      throw SettingsError(std::string("FindPeakPerformance: the next trial does not fit: ") +
                          error.what());
    }
    const auto sets = schedule::LoadableSets(trial, SeriesMode::kPerformance, qsl_total_count_);
    RunSeries(trial, SeriesMode::kPerformance, sets.front(), 0, 1);
    Report report;
    report.settings = trial;
    results::FillPerformance(measured_, {}, &report);
    if (report.valid) {
      best_settings = trial;
      best = std::exchange(measured_, {});
    } else if (first_failure.empty()) {
      for (const std::string& reason : report.recommendations) {
        first_failure += (first_failure.empty() ? "" : " ") + reason;
      }
    }
    return report.valid;
  };
  const bool found = settings_.scenario == TestScenario::Server ? FindPeakQps(passes, say)
                                                                : FindPeakSamples(passes, say);
  if (found) {
    series_settings_ = best_settings;
    measured_ = std::move(best);
  } else {
    journal_->Error(
        "FindPeakPerformance: Initial lower bound does not satisfy performance constraints, msg: " +
        first_failure);
  }
}

bool Run::FindPeakQps(const Trial& passes, const Say& say) const {
  PeakSearch search;
  search.start_qps = settings_.target_qps;
  search.step = settings_.find_peak_qps_boundary_step_size;
  search.decimals = settings_.find_peak_qps_decimals_of_precision;
  search.say = say;
  search.passes = [&](double qps) {
    EffectiveSettings trial = settings_;
    trial.target_qps = qps;
    return passes(trial);
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
    return passes(trial);
  };
  return FindPeakCount(search).has_value();
}

}  // namespace mlperf::run
