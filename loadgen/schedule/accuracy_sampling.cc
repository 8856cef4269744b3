#include "schedule/accuracy_sampling.h"

#include <algorithm>
#include <cmath>

#include "scenario/traits.h"

namespace mlperf::schedule {

double AccuracyLogShare(const EffectiveSettings& settings) {
  if (settings.accuracy_log_sampling_target == 0) return settings.accuracy_log_probability;
  const double timed_queries =
      std::floor(settings.target_qps * static_cast<double>(settings.min_duration_ms) / 1000);
  const double samples_per_query = static_cast<double>(settings.samples_per_query);
  const double expected_samples =
      scenario::TraitsOf(settings.scenario).one_query()
          ? std::max(timed_queries, static_cast<double>(settings.min_sample_count))
          : std::max(timed_queries, static_cast<double>(settings.min_query_count)) *
                samples_per_query;
  return static_cast<double>(settings.accuracy_log_sampling_target) / expected_samples;
}

AccuracySampler::AccuracySampler(uint64_t accuracy_log_rng_seed)
    : offset_(base::Random(accuracy_log_rng_seed).UniformReal()) {}

std::vector<uint8_t> AccuracySampler::Next(double share, uint64_t samples) {
  random_.Skip(skipped_ * base::Random::kDrawsPerReal);
  skipped_ = 0;
  std::vector<uint8_t> logged(samples);
  for (uint8_t& is_logged : logged) {
    double value = random_.UniformReal() + offset_;
    if (value >= 1) value -= 1;
    is_logged = value <= share;
  }
  return logged;
}

}  // namespace mlperf::schedule
