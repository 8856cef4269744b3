// When queries are due, and how many there are. Times and counts not derived here were recorded
// from the reference implementation.

#include <limits>

#include "check.h"
#include "mlperf_loadgen/errors.h"
#include "schedule/plans.h"
#include "schedule/reader.h"

using namespace mlperf;
using namespace mlperf::schedule;
using namespace plans;

namespace {

// The fewest queries that reach twice `milliseconds` with `gap_ns` between them.
uint64_t CountFor(double target_qps, int64_t milliseconds, uint64_t least) {
  EffectiveSettings settings = Settings(TestScenario::SingleStream, 5);
  settings.target_qps = target_qps;
  settings.min_query_count = least;
  SetDuration(settings, milliseconds);
  return PerformancePlan(settings, 5).query_count;
}

}  // namespace

TEST(server_arrivals_are_random) {
  EffectiveSettings settings = Settings(TestScenario::Server, 9);
  settings.min_query_count = 3;
  SetDuration(settings, 8);
  const Plan plan = PerformancePlan(settings, 20);
  CHECK_EQ(Offsets(plan),
           (Times{0, 1843654, 2301577, 3587439, 4300433, 4686839, 6935180, 8026759}));
  CHECK_EQ(plan.duration_ns, 8128505);
  CHECK_EQ(Issued(plan), (Indices{8, 8, 4, 4, 7, 5, 5, 8}));
}

TEST(accuracy_arrivals_start_afresh_with_each_set) {
  const auto plans = AccuracyPlans(Settings(TestScenario::Server, 9), 13);
  CHECK_EQ(plans.at(0).duration_ns, 9589851);
  CHECK_EQ(plans.at(1).duration_ns, 4300433);
  CHECK_EQ(Offsets(plans.at(1)), (Times{0, 1843654, 2301577, 3587439}));
}

TEST(server_lasts_once_the_others_twice_the_duration) {
  EffectiveSettings settings = Settings(TestScenario::Server, 9);
  SetDuration(settings, 1000);
  Plan plan = PerformancePlan(settings, 9);
  CHECK(plan.arrival_ns.back() >= 1000000000);
  CHECK(plan.arrival_ns[plan.query_count - 2] < 1000000000);
  settings.scenario = TestScenario::SingleStream;
  plan = PerformancePlan(settings, 9);
  CHECK_EQ(plan.ScheduledOffset(plan.query_count - 1), 2000000000);
}

TEST(constant_gaps_are_whole_nanoseconds) {
  EffectiveSettings settings = Settings(TestScenario::SingleStream, 9);
  settings.target_qps = 3e8;
  settings.min_query_count = 4;
  const Plan plan = PerformancePlan(settings, 9);
  CHECK_EQ(plan.gap_ns, 3);
  CHECK_EQ(Offsets(plan), (Times{0, 3, 6, 9}));
  CHECK_EQ(plan.duration_ns, 12);
}

TEST(query_counts) {
  CHECK_EQ(CountFor(1000, 0, 1), 1u);
  CHECK_EQ(CountFor(1000, 0, 7), 7u);
  CHECK_EQ(CountFor(1000, 5, 7), 11u);  // 0, 1, ... 10 ms
  CHECK_EQ(CountFor(1000, 5, 12), 12u);
  CHECK_EQ(CountFor(1500, 1, 1), 5u);  // gaps of 666666 ns: 2 ms fall after the fourth
  CHECK_EQ(CountFor(2e9, 0, 3), 3u);   // gaps of 0 ns
}

TEST(equal_issue_rounds_the_count_to_whole_passes) {
  EffectiveSettings settings = Settings(TestScenario::SingleStream, 6);
  settings.sample_concatenate_permutation = true;
  SetDuration(settings, 5);
  CHECK_EQ(PerformancePlan(settings, 9).query_count, 12u);
  settings.scenario = TestScenario::MultiStream;  // a padded set of 9
  settings.samples_per_query = 4;
  CHECK_EQ(PerformancePlan(settings, 9).query_count, 18u);
  SetDuration(settings, 4);
  CHECK_EQ(PerformancePlan(settings, 9).query_count, 9u);
}

TEST(tests_beyond_all_bounds_are_refused) {
  // Gaps of 0 ns never reach any duration.
  CHECK_THROWS(CountFor(2e9, 1, 1), SettingsError, "single_stream_expected_latency_ns");
  CHECK_THROWS(CountFor(1e9, 600000, 1), SettingsError, "min_duration_ms = 600000");
  CHECK_THROWS(CountFor(1000, 0, uint64_t{1} << 32), SettingsError, "min_query_count = 4294967296");
  CHECK_THROWS(CountFor(1000, std::numeric_limits<int64_t>::max(), 1), SettingsError,
               "test length");
  CHECK_THROWS(CountFor(1e-12, 0, 1), SettingsError, "ns between queries");
  CHECK_THROWS(CountFor(0, 0, 1), SettingsError, "ns between queries");

  EffectiveSettings settings = Settings(TestScenario::Server, 9);
  SetDuration(settings, 1);
  settings.target_qps = 1e12;
  CHECK_THROWS(PerformancePlan(settings, 9), SettingsError, "server_target_qps");
  settings.target_qps = 1e-12;
  CHECK_THROWS(PerformancePlan(settings, 9), SettingsError, "server_target_qps");
  settings.target_qps = 0;
  CHECK_THROWS(PerformancePlan(settings, 9), SettingsError, "server_target_qps");

  settings = Settings(TestScenario::MultiStream, 9);
  settings.min_query_count = 1u << 30;
  CHECK_THROWS(PerformancePlan(settings, 9), SettingsError, "samples per query = 4");

  settings = Settings(TestScenario::Offline, 9);
  settings.samples_per_query = uint64_t{1} << 32;
  CHECK_THROWS(PerformancePlan(settings, 9), SettingsError, "offline_expected_qps");
  CHECK_EQ(AccuracyPlans(settings, 9).at(0).samples_per_query, 9u);
}

TEST(later_arrivals_are_drawn_anew) {
  EffectiveSettings settings = Settings(TestScenario::Server, 9);
  settings.min_query_count = kLong;
  const Plan plan = PerformancePlan(settings, 20);
  CHECK_EQ(plan.query_count, kLong);
  base::Random random(settings.schedule_rng_seed);
  int64_t due_ns = 0;
  Reader reader(plan);
  Reader again(plan);
  for (uint64_t query = 0; query < kLong; ++query, reader.Advance()) {
    CHECK_EQ(reader.query(), query);
    CHECK_EQ(reader.scheduled_ns(), due_ns);
    if (query < kKeptQueries || query % kCheckpointEvery == 0) {
      CHECK_EQ(plan.ScheduledOffset(query), due_ns);
    }
    if (query % 100000 == 0) {
      again.AdvanceTo(query);
      CHECK_EQ(again.scheduled_ns(), due_ns);
    }
    due_ns += static_cast<int64_t>(random.Exponential(settings.target_qps) * 1e9);
  }
  CHECK_EQ(plan.duration_ns, due_ns);
}
