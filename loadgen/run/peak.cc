#include "run/peak.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "base/text.h"
#include "mlperf_loadgen/errors.h"
#include "results/early_stopping.h"
#include "run/peak_search.h"
#include "scenario/traits.h"
#include "schedule/arrivals.h"

namespace mlperf::run {
namespace {

using schedule::SeriesMode;

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

// Runs the trials of one search and keeps the best.
class Trials {
 public:
  Trials(const EffectiveSettings& settings, const LoadTest& test, Peak* peak)
      : test_(test), peak_(*peak), best_{settings, {}} {}

  // Whether the SUT handles `load`, which is that of these settings.
  bool Passes(double load, EffectiveSettings settings) {
    // Fewer cannot be valid, however fast the SUT is.
    const scenario::Traits& traits = scenario::TraitsOf(settings.scenario);
    if (traits.early_stopping == scenario::EarlyStopping::kCount) {
      settings.min_query_count = std::max(
          settings.min_query_count, results::QueriesNeeded(settings.target_latency_percentile, 0));
    }
    try {
      test_.require_memory(settings);
    } catch (const SettingsError& error) {
      TakeBest();
      throw SettingsError(std::string("FindPeakPerformance: the next trial does not fit: ") +
                          error.what());
    }
    const Report report = test_.run(settings);
    peak_.trials.push_back(
        {load, report.valid, report.latency_at_target_percentile_ns, WhyInvalid(report)});
    if (report.valid) {
      peak_.load = load;
      best_ = {std::move(settings), test_.take_measurements()};
    } else {
      load_failed_last_ = FailedForLatency(report);
    }
    return report.valid;
  }

  // Whether it was the load that the last trial failed for, and a lower one may pass.
  bool LowerLoadMayPass() const {
    if (!load_failed_last_) return false;
    if (peak_.trials.size() < 2) return true;
    // As slow as at twice the load: it is the SUT.
    constexpr double kFaster = 0.9;
    const auto latency_ns = [](const PeakTrial& trial) {
      return static_cast<double>(trial.latency_at_target_percentile_ns);
    };
    return latency_ns(peak_.trials.back()) < kFaster * latency_ns(peak_.trials.end()[-2]);
  }

  // Makes the best trial what the test reports.
  void TakeBest() { peak_.best = std::move(best_); }

 private:
  const LoadTest& test_;
  Peak& peak_;
  Peak::Best best_;
  bool load_failed_last_ = false;  // the last trial, for its latencies only
};

bool FindQps(const EffectiveSettings& settings, const LoadTest& test, Trials* trials) {
  PeakSearch search;
  search.start_qps = settings.target_qps;
  search.step = settings.find_peak_qps_boundary_step_size;
  search.decimals = settings.find_peak_qps_decimals_of_precision;
  search.say = test.say;
  search.lower_may_pass = [&] { return trials->LowerLoadMayPass(); };
  search.passes = [&](double qps) {
    EffectiveSettings trial = settings;
    trial.target_qps = qps;
    return trials->Passes(qps, trial);
  };
  return run::FindPeak(search).has_value();
}

bool FindSamples(const EffectiveSettings& settings, uint64_t library_size, const LoadTest& test,
                 Trials* trials) {
  constexpr uint64_t kMaxSamples = std::numeric_limits<uint32_t>::max();  // of a plan
  // Keeps the search on a SUT that does nothing from filling the memory.
  constexpr uint64_t kMaxSamplesPerQuery = 1U << 16U;
  const auto sets = schedule::LoadableSets(settings, SeriesMode::kPerformance, library_size);
  const schedule::Arrivals arrivals =
      schedule::MakeArrivals(settings, SeriesMode::kPerformance, sets.front());
  CountSearch search;
  search.start = settings.samples_per_query;
  search.limit =
      std::max(search.start, std::min(kMaxSamples / arrivals.query_count, kMaxSamplesPerQuery));
  search.say = test.say;
  search.passes = [&](uint64_t samples_per_query) {
    EffectiveSettings trial = settings;
    trial.samples_per_query = samples_per_query;
    trial.min_sample_count = trial.min_query_count * samples_per_query;
    return trials->Passes(static_cast<double>(samples_per_query), trial);
  };
  return FindPeakCount(search).has_value();
}

}  // namespace

bool FindPeak(const EffectiveSettings& settings, uint64_t library_size, const LoadTest& test,
              Peak* peak) {
  Trials trials(settings, test, peak);
  const bool found = scenario::TraitsOf(settings.scenario).peak_search == scenario::PeakSearch::kQps
                         ? FindQps(settings, test, &trials)
                         : FindSamples(settings, library_size, test, &trials);
  if (found) trials.TakeBest();
  return found;
}

}  // namespace mlperf::run
