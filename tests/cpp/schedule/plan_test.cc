// How much of a series its plan keeps.

#include "schedule/plan.h"

#include "check.h"
#include "schedule/plans.h"

using namespace mlperf;
using namespace mlperf::schedule;
using namespace plans;

// Beyond 65535 samples, with fewer queries than samples.
TEST(a_plan_holds_a_position_a_query) {
  EffectiveSettings settings = Settings(TestScenario::SingleStream, 70001);
  settings.min_query_count = 100;
  const Plan plan = PerformancePlan(settings, 200000);
  CHECK_EQ(plan.first_position.size(), 100u);
  CHECK_EQ(plan.samples->size(), 70001u);
  CHECK(plan.arrival_ns.empty());
}

TEST(a_query_of_a_long_series_costs_next_to_nothing) {
  EffectiveSettings settings = Settings(TestScenario::Server, 9);
  const auto bytes = [&](uint64_t queries) {
    settings.min_query_count = queries;
    const Plan plan = PerformancePlan(settings, 9);
    return plan.first_position.size() * sizeof(plan.first_position[0]) +
           plan.arrival_ns.size() * sizeof(plan.arrival_ns[0]) +
           plan.checkpoint_ns.size() * sizeof(plan.checkpoint_ns[0]);
  };
  const uint64_t kept = bytes(kKeptQueries);
  CHECK_EQ(kept, kKeptQueries * 12 + kKeptQueries / kCheckpointEvery * 8);
  CHECK_EQ(bytes(2 * kKeptQueries) - kept, kKeptQueries / kCheckpointEvery * 8);
}
