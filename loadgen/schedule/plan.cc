#include "schedule/plan.h"

#include <utility>

#include "schedule/arrivals.h"
#include "schedule/sample_order.h"

namespace mlperf::schedule {

Plan MakePlan(const EffectiveSettings& settings, SeriesMode mode, const LoadableSet& set,
              const Pause& pause) {
  Arrivals arrivals = MakeArrivals(settings, mode, set, pause);
  Plan plan;
  plan.query_count = arrivals.query_count;
  plan.duration_ns = arrivals.end_ns;
  plan.gap_ns = arrivals.gap_ns;
  plan.arrival_ns = std::move(arrivals.offset_ns);
  plan.at_ticks = settings.scenario == TestScenario::MultiStreamFixedInterval;

  std::vector<QuerySampleIndex> samples = set.indices;
  if (settings.scenario == TestScenario::Offline) {
    samples = OfflineSamples(settings, mode, set, pause);
    plan.samples_per_query = samples.size();
  } else {
    plan.samples_per_query = settings.samples_per_query;
    plan.first_position = FirstPositions(settings, mode, set, plan.query_count, pause);
  }
  plan.samples = std::make_shared<const std::vector<QuerySampleIndex>>(std::move(samples));
  return plan;
}

}  // namespace mlperf::schedule
