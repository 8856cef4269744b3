// Plans of small libraries, with the seeds of round v6.1.

#ifndef MLPERF_LOADGEN_TESTS_CPP_SCHEDULE_PLANS_H_
#define MLPERF_LOADGEN_TESTS_CPP_SCHEDULE_PLANS_H_

#include <limits>
#include <vector>

#include "schedule/plan.h"

namespace plans {

using namespace mlperf;
using namespace mlperf::schedule;

constexpr SeriesMode kAccuracy = SeriesMode::kAccuracy;
constexpr SeriesMode kPerformance = SeriesMode::kPerformance;

// A series so long that only its first queries are kept.
constexpr uint64_t kLong = kKeptQueries + 3 * kCheckpointEvery / 2;

using Indices = std::vector<QuerySampleIndex>;
using Times = std::vector<int64_t>;

inline EffectiveSettings Settings(TestScenario scenario, uint64_t performance_sample_count) {
  EffectiveSettings settings;
  settings.scenario = scenario;
  settings.samples_per_query = scenario == TestScenario::MultiStream ? 4 : 1;
  settings.target_qps = 1000;
  settings.min_query_count = 1;
  settings.qsl_rng_seed = 2085463073848966840u;
  settings.sample_index_rng_seed = 2747215439041700203u;
  settings.schedule_rng_seed = 16159082839903944936u;
  settings.accuracy_log_rng_seed = 720381539243781796u;
  settings.performance_sample_count = performance_sample_count;
  settings.accuracy_sample_count = std::numeric_limits<uint64_t>::max();
  return settings;
}

inline void SetDuration(EffectiveSettings& settings, int64_t milliseconds) {
  settings.min_duration_ms = settings.target_duration_ms = milliseconds;
}

inline Plan PerformancePlan(const EffectiveSettings& settings, uint64_t library_size) {
  return MakePlan(settings, kPerformance,
                  LoadableSets(settings, kPerformance, library_size).front());
}

inline std::vector<Plan> AccuracyPlans(const EffectiveSettings& settings, uint64_t library_size) {
  std::vector<Plan> plans;
  for (const LoadableSet& set : LoadableSets(settings, kAccuracy, library_size)) {
    plans.push_back(MakePlan(settings, kAccuracy, set));
  }
  return plans;
}

// All samples in the order of issue.
inline Indices Issued(const Plan& plan) {
  Indices issued;
  for (uint64_t query = 0; query < plan.query_count; ++query) {
    issued.insert(issued.end(), plan.First(query), plan.First(query) + plan.samples_per_query);
  }
  return issued;
}

inline Times Offsets(const Plan& plan) {
  Times offsets;
  for (uint64_t query = 0; query < plan.query_count; ++query) {
    offsets.push_back(plan.ScheduledOffset(query));
  }
  return offsets;
}

}  // namespace plans

#endif  // MLPERF_LOADGEN_TESTS_CPP_SCHEDULE_PLANS_H_
