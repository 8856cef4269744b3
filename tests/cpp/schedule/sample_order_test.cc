// Which samples each query has. Lists not derived here were recorded from the reference
// implementation.

#include <set>
#include <vector>

#include "check.h"
#include "mlperf_loadgen/errors.h"
#include "schedule/plans.h"
#include "schedule/reader.h"

using namespace mlperf;
using namespace mlperf::schedule;
using namespace plans;

TEST(performance_draws_samples_at_random) {
  EffectiveSettings settings = Settings(TestScenario::SingleStream, 9);
  settings.min_query_count = 12;
  CHECK_EQ(Issued(PerformancePlan(settings, 20)), (Indices{7, 5, 5, 8, 4, 4, 3, 3, 7, 3, 8, 2}));
}

TEST(accuracy_issues_each_sample_of_a_set_once) {
  const auto plans = AccuracyPlans(Settings(TestScenario::SingleStream, 9), 13);
  CHECK_EQ(Issued(plans.at(0)), (Indices{9, 1, 12, 10, 3, 11, 2, 5, 8}));
  CHECK_EQ(Issued(plans.at(1)), (Indices{4, 0, 7, 6}));
}

TEST(unique_issues_each_sample_once_however_long_the_test) {
  EffectiveSettings settings = Settings(TestScenario::SingleStream, 9);
  settings.performance_issue_unique = true;
  settings.min_query_count = 9;
  const Indices once = {4, 1, 6, 0, 3, 7, 2, 5, 8};
  CHECK_EQ(Issued(PerformancePlan(settings, 13)), once);
  settings.min_query_count = 1000;
  SetDuration(settings, 600000);
  CHECK_EQ(Issued(PerformancePlan(settings, 13)), once);
}

TEST(same_issues_one_sample) {
  EffectiveSettings settings = Settings(TestScenario::SingleStream, 9);
  settings.performance_issue_same = true;
  settings.performance_issue_same_index = 3;
  settings.min_query_count = 5;
  CHECK_EQ(Issued(PerformancePlan(settings, 13)), (Indices{7, 7, 7, 7, 7}));
}

// The flags hold in accuracy mode too.
TEST(same_and_unique_in_accuracy_mode) {
  EffectiveSettings settings = Settings(TestScenario::SingleStream, 5);
  settings.qsl_rng_seed = settings.sample_index_rng_seed = 0;
  settings.performance_issue_same = true;
  settings.performance_issue_same_index = 2;
  auto plans = AccuracyPlans(settings, 9);
  CHECK_EQ(Issued(plans.at(0)), (Indices{6, 6, 6, 6, 6}));
  CHECK_EQ(Issued(plans.at(1)), (Indices{3, 3, 3, 3}));
  settings.performance_issue_same = false;
  settings.performance_issue_unique = true;
  plans = AccuracyPlans(settings, 9);
  CHECK_EQ(Issued(plans.at(0)), (Indices{2, 5, 4, 0, 6}));
  CHECK_EQ(Issued(plans.at(1)), (Indices{1, 8, 7, 3}));
}

TEST(equal_issue_goes_through_permutations) {
  EffectiveSettings settings = Settings(TestScenario::SingleStream, 5);
  settings.sample_concatenate_permutation = true;
  settings.min_query_count = 10;
  CHECK_EQ(Issued(PerformancePlan(settings, 13)), (Indices{3, 4, 2, 0, 1, 2, 4, 0, 1, 3}));
  settings.min_query_count = 8;  // whole passes
  CHECK_EQ(Issued(PerformancePlan(settings, 13)), (Indices{3, 4, 2, 0, 1, 2, 4, 0, 1, 3}));

  const auto plans = AccuracyPlans(settings, 8);
  CHECK_EQ(Issued(plans.at(0)), (Indices{7, 5, 6, 0, 1}));
  CHECK_EQ(Issued(plans.at(1)), (Indices{2, 3, 4}));
}

TEST(equal_issue_starts_over_when_its_permutations_are_used_up) {
  EffectiveSettings settings = Settings(TestScenario::Server, 5);
  settings.sample_concatenate_permutation = true;
  settings.min_query_count = 3;
  SetDuration(settings, 10);
  const Plan plan = PerformancePlan(settings, 20);
  CHECK_EQ(Issued(plan), (Indices{3, 4, 2, 0, 1, 3, 4, 2, 0, 1, 3, 4, 2, 0, 1}));
  CHECK_EQ(plan.duration_ns, 12527105);
  settings.min_query_count = 0;
  CHECK_EQ(PerformancePlan(settings, 20).query_count, 15u);
}

TEST(multi_stream_takes_runs_of_the_padded_set) {
  EffectiveSettings settings = Settings(TestScenario::MultiStream, 7);
  settings.min_query_count = 6;
  const Plan plan = PerformancePlan(settings, 20);
  CHECK_EQ(plan.samples_per_query, 4u);
  CHECK_EQ(Issued(plan), (Indices{2, 5, 1, 6, 3, 0, 4, 2, 4, 2, 5, 1,  //
                                  4, 2, 5, 1, 0, 4, 2, 5, 0, 4, 2, 5}));
  const auto plans = AccuracyPlans(settings, 13);
  CHECK_EQ(Issued(plans.at(0)), (Indices{2, 5, 1, 11, 3, 10, 9, 2}));
  CHECK_EQ(Issued(plans.at(1)), (Indices{8, 12, 4, 0, 7, 6, 8, 12}));
}

// Only the number of queries differs: their times are real, so there are no spare ones.
TEST(a_fixed_interval_takes_the_samples_of_multi_stream) {
  EffectiveSettings settings = Settings(TestScenario::MultiStream, 7);
  settings.min_query_count = 6;
  const Plan expected = PerformancePlan(settings, 20);
  const auto expected_accuracy = AccuracyPlans(settings, 13);
  settings.scenario = TestScenario::MultiStreamFixedInterval;
  const Plan plan = PerformancePlan(settings, 20);
  CHECK_EQ(Issued(plan), Issued(expected));
  CHECK_EQ(Offsets(plan), (Times{0, 1000000, 2000000, 3000000, 4000000, 5000000}));
  CHECK(plan.at_ticks && !expected.at_ticks);
  const auto accuracy = AccuracyPlans(settings, 13);
  CHECK_EQ(accuracy.size(), expected_accuracy.size());
  for (size_t i = 0; i < accuracy.size(); ++i) {
    CHECK_EQ(Issued(accuracy[i]), Issued(expected_accuracy[i]));
  }
  settings.sample_concatenate_permutation = true;
  CHECK_EQ(PerformancePlan(settings, 20).query_count, 10u);  // a multiple of the padded set
  settings.sample_concatenate_permutation = false;
  SetDuration(settings, 20);
  CHECK_EQ(PerformancePlan(settings, 20).query_count, 21u);
  settings.target_qps = 2e9;
  SetDuration(settings, 0);
  CHECK_THROWS(PerformancePlan(settings, 20), SettingsError,
               "multi_stream_interval_target_qps = 2e+09: must be at most 1e9");
}

// There it only rounds the number of queries, to a multiple of the padded set.
TEST(equal_issue_in_multi_stream_still_draws_at_random) {
  EffectiveSettings settings = Settings(TestScenario::MultiStream, 5);
  settings.sample_concatenate_permutation = true;
  settings.min_query_count = 9;
  const Plan plan = PerformancePlan(settings, 13);
  CHECK_EQ(plan.query_count, 16u);
  Indices first_nine = Issued(plan);
  first_nine.resize(36);
  CHECK_EQ(first_nine, (Indices{3, 2, 0, 1, 4, 3, 2, 0, 4, 3, 2, 0, 0, 1, 4, 3, 0, 1,
                                4, 3, 2, 0, 1, 4, 4, 3, 2, 0, 4, 3, 2, 0, 4, 3, 2, 0}));
  settings.performance_issue_unique = true;  // no rounding: 2 queries cover 5 samples
  CHECK_EQ(PerformancePlan(settings, 13).query_count, 2u);
}

// The engine passes over the permutations of equal issue even when they are not used; how many
// depends on the least number of queries, down to none.
TEST(the_least_number_of_queries_moves_the_stream) {
  EffectiveSettings settings = Settings(TestScenario::SingleStream, 9);
  SetDuration(settings, 10);
  std::set<Indices> orders;
  for (uint64_t least : {0, 1, 9, 10, 18}) {
    settings.min_query_count = least;
    orders.insert(Issued(PerformancePlan(settings, 20)));
  }
  CHECK_EQ(orders.size(), 3u);  // no pass; one; two
}

TEST(offline_repeats_the_set_up_to_its_sample_count) {
  EffectiveSettings settings = Settings(TestScenario::Offline, 5);
  settings.samples_per_query = 13;
  const Plan plan = PerformancePlan(settings, 20);
  CHECK_EQ(plan.query_count, 1u);
  CHECK_EQ(plan.first_position, (std::vector<uint32_t>{0}));
  CHECK(plan.arrival_ns.empty());
  CHECK_EQ(plan.samples_per_query, 13u);
  CHECK_EQ(*plan.samples, (Indices{2, 0, 1, 4, 3, 2, 0, 1, 4, 3, 2, 0, 1}));
  CHECK_EQ(plan.duration_ns, 1000000);
  const auto plans = AccuracyPlans(settings, 8);
  CHECK_EQ(*plans.at(0).samples, (Indices{1, 5, 7, 6, 0}));
  CHECK_EQ(*plans.at(1).samples, (Indices{4, 3, 2}));
}

TEST(offline_equal_issue_shuffles_each_pass) {
  EffectiveSettings settings = Settings(TestScenario::Offline, 5);
  settings.sample_concatenate_permutation = true;
  settings.samples_per_query = 13;
  CHECK_EQ(Issued(PerformancePlan(settings, 20)),
           (Indices{1, 0, 4, 3, 2, 1, 2, 4, 3, 0, 2, 0, 3, 4, 1}));
  const auto plans = AccuracyPlans(settings, 8);
  CHECK_EQ(Issued(plans.at(0)), (Indices{7, 1, 6, 0, 5}));
  CHECK_EQ(Issued(plans.at(1)), (Indices{3, 2, 4}));
}

TEST(offline_same_and_unique) {
  EffectiveSettings settings = Settings(TestScenario::Offline, 5);
  settings.samples_per_query = 7;
  settings.performance_issue_same = true;
  settings.performance_issue_same_index = 3;
  CHECK_EQ(Issued(PerformancePlan(settings, 20)), (Indices{4, 4, 4, 4, 4, 4, 4}));
  settings.performance_issue_same = false;
  settings.performance_issue_unique = true;
  CHECK_EQ(Issued(PerformancePlan(settings, 20)), (Indices{2, 0, 1, 4, 3}));
}

// Those who log responses are given all positions, so the two ways to them can be compared.
TEST(later_positions_are_drawn_anew) {
  for (const bool same : {false, true}) {
    for (const TestScenario scenario : {TestScenario::SingleStream, TestScenario::MultiStream}) {
      EffectiveSettings settings = Settings(scenario, 9);
      settings.min_query_count = kLong;
      settings.performance_issue_same = same;
      settings.performance_issue_same_index = 3;
      const Plan plan = PerformancePlan(settings, 20);
      CHECK_EQ(plan.first_position.size(), kKeptQueries);
      settings.accuracy_log_probability = 1e-9;
      const Plan whole = PerformancePlan(settings, 20);
      CHECK_EQ(whole.first_position.size(), kLong);
      CHECK_EQ(*whole.samples, *plan.samples);
      Reader reader(plan);
      for (uint64_t query = 0; query < kLong; ++query, reader.Advance()) {
        CHECK_EQ(reader.samples() - plan.samples->data(),
                 whole.First(query) - whole.samples->data());
      }
    }
  }
}
