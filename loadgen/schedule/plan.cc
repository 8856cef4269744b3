#include "schedule/plan.h"

#include <algorithm>
#include <utility>

#include "scenario/traits.h"
#include "schedule/accuracy_sampling.h"
#include "schedule/arrivals.h"
#include "schedule/sample_order.h"

namespace mlperf::schedule {
namespace {

// Logging a response takes its sample's index, whichever query it is of.
bool LogsResponses(const EffectiveSettings& settings, SeriesMode mode) {
  return mode == SeriesMode::kAccuracy || AccuracyLogShare(settings) > 0;
}

}  // namespace

bool Plan::KeepsAll(const EffectiveSettings& settings, SeriesMode mode) {
  return LogsResponses(settings, mode) || settings.performance_issue_unique ||
         settings.sample_concatenate_permutation;
}

double Plan::BytesFor(const EffectiveSettings& settings, SeriesMode mode, double queries) {
  constexpr double kPosition = sizeof(decltype(first_position)::value_type);
  constexpr double kArrival = sizeof(decltype(arrival_ns)::value_type);
  constexpr double kCheckpoint = sizeof(decltype(checkpoint_ns)::value_type);
  const double first = std::min(queries, static_cast<double>(kKeptQueries));
  double bytes = (KeepsAll(settings, mode) ? queries : first) * kPosition;
  if (scenario::TraitsOf(settings.scenario).poisson()) {
    bytes += first * kArrival;
    bytes += (queries - first) / static_cast<double>(kCheckpointEvery) * kCheckpoint;
  }
  return bytes;
}

Plan MakePlan(const EffectiveSettings& settings, SeriesMode mode, const LoadableSet& set,
              const Poll& poll) {
  Arrivals arrivals = MakeArrivals(settings, mode, set, poll);
  Plan plan;
  plan.query_count = arrivals.query_count;
  plan.likely_query_count =
      arrivals.likely_query_count != 0 ? arrivals.likely_query_count : arrivals.query_count;
  plan.duration_ns = arrivals.end_ns;
  plan.gap_ns = arrivals.gap_ns;
  plan.arrival_ns = std::move(arrivals.offset_ns);
  plan.checkpoint_ns = std::move(arrivals.checkpoint_ns);
  plan.later_arrivals = arrivals.later;
  plan.at_ticks = scenario::TraitsOf(settings.scenario).ticks();

  std::vector<QuerySampleIndex> samples = set.indices;
  if (scenario::TraitsOf(settings.scenario).one_query()) {
    samples = OfflineSamples(settings, mode, set, poll);
    plan.samples_per_query = samples.size();
    plan.first_position = {0};
  } else {
    plan.samples_per_query = settings.samples_per_query;
    const uint64_t kept = LogsResponses(settings, mode)
                              ? plan.query_count
                              : std::min(plan.likely_query_count, kKeptQueries);
    plan.first_position =
        FirstPositions(settings, mode, set, plan.query_count, kept, poll, &plan.later_positions);
  }
  plan.samples = std::make_shared<const std::vector<QuerySampleIndex>>(std::move(samples));
  return plan;
}

}  // namespace mlperf::schedule
