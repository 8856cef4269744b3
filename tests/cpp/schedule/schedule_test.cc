// What a test issues and when. Lists and counts not derived here were recorded from the reference
// implementation with the seeds of round v6.1.

#include <algorithm>
#include <limits>
#include <numeric>
#include <set>
#include <vector>

#include "check.h"
#include "errors.h"
#include "schedule/accuracy_sampling.h"
#include "schedule/plan.h"
#include "schedule/reader.h"

namespace {

using namespace mlperf;
using namespace mlperf::schedule;

constexpr SeriesMode kAccuracy = SeriesMode::kAccuracy;
constexpr SeriesMode kPerformance = SeriesMode::kPerformance;

using Indices = std::vector<QuerySampleIndex>;
using Times = std::vector<int64_t>;

EffectiveSettings Settings(TestScenario scenario, uint64_t performance_sample_count) {
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

void SetDuration(EffectiveSettings& settings, int64_t milliseconds) {
  settings.min_duration_ms = settings.target_duration_ms = milliseconds;
}

Plan PerformancePlan(const EffectiveSettings& settings, uint64_t library_size) {
  return MakePlan(settings, kPerformance,
                  LoadableSets(settings, kPerformance, library_size).front());
}

std::vector<Plan> AccuracyPlans(const EffectiveSettings& settings, uint64_t library_size) {
  std::vector<Plan> plans;
  for (const LoadableSet& set : LoadableSets(settings, kAccuracy, library_size)) {
    plans.push_back(MakePlan(settings, kAccuracy, set));
  }
  return plans;
}

// All samples in the order of issue.
Indices Issued(const Plan& plan) {
  Indices issued;
  for (uint64_t query = 0; query < plan.query_count; ++query) {
    issued.insert(issued.end(), plan.First(query), plan.First(query) + plan.samples_per_query);
  }
  return issued;
}

Times Offsets(const Plan& plan) {
  Times offsets;
  for (uint64_t query = 0; query < plan.query_count; ++query) {
    offsets.push_back(plan.ScheduledOffset(query));
  }
  return offsets;
}

// The fewest queries that reach twice `milliseconds` with `gap_ns` between them.
uint64_t CountFor(double target_qps, int64_t milliseconds, uint64_t least) {
  EffectiveSettings settings = Settings(TestScenario::SingleStream, 5);
  settings.target_qps = target_qps;
  settings.min_query_count = least;
  SetDuration(settings, milliseconds);
  return PerformancePlan(settings, 5).query_count;
}

std::vector<uint64_t> Logged(const std::vector<uint8_t>& mask) {
  std::vector<uint64_t> logged;
  for (size_t i = 0; i < mask.size(); ++i) {
    if (mask[i]) logged.push_back(i);
  }
  return logged;
}

}  // namespace

// Sets.

TEST(accuracy_sets_cut_one_shuffle_of_the_library) {
  const auto sets = LoadableSets(Settings(TestScenario::SingleStream, 9), kAccuracy, 13);
  CHECK_EQ(sets.size(), 2u);
  CHECK_EQ(sets[0].indices, (Indices{2, 5, 1, 11, 3, 10, 9, 8, 12}));
  CHECK_EQ(sets[1].indices, (Indices{4, 0, 7, 6}));
  CHECK_EQ(sets[0].unpadded_size, 9u);
  CHECK_EQ(sets[1].unpadded_size, 4u);
}

TEST(the_performance_set_takes_the_first_samples_only) {
  const auto sets = LoadableSets(Settings(TestScenario::SingleStream, 9), kPerformance, 20);
  CHECK_EQ(sets.size(), 1u);
  CHECK_EQ(sets[0].indices, (Indices{2, 5, 1, 7, 3, 0, 4, 8, 6}));
}

TEST(counts_beyond_the_library_are_capped) {
  EffectiveSettings settings = Settings(TestScenario::Server, 900);
  settings.accuracy_sample_count = 7;
  CHECK_EQ(LoadableSets(settings, kPerformance, 20).at(0).indices.size(), 20u);
  CHECK_EQ(LoadableSets(settings, kAccuracy, 20).at(0).indices.size(), 7u);
  CHECK_EQ(LoadableSets(settings, kAccuracy, 5).at(0).indices.size(), 5u);
}

TEST(multi_stream_sets_are_padded_with_their_own_start) {
  const auto sets = LoadableSets(Settings(TestScenario::MultiStream, 7), kAccuracy, 13);
  CHECK_EQ(sets[0].indices, (Indices{2, 5, 1, 11, 3, 10, 9, 2, 5, 1}));
  CHECK_EQ(sets[0].unpadded_size, 7u);
  CHECK_EQ(sets[1].indices, (Indices{8, 12, 4, 0, 7, 6, 8, 12, 4}));
  CHECK_EQ(sets[1].unpadded_size, 6u);
}

TEST(padding_longer_than_the_set_goes_round) {
  EffectiveSettings settings = Settings(TestScenario::MultiStream, 3);
  settings.samples_per_query = 8;
  settings.qsl_rng_seed = 0;
  CHECK_EQ(LoadableSets(settings, kPerformance, 3).front().indices,
           (Indices{2, 1, 0, 2, 1, 0, 2, 1, 0, 2}));
}

TEST(sets_that_cannot_be_are_refused) {
  EffectiveSettings settings = Settings(TestScenario::MultiStream, 3);
  CHECK_THROWS(LoadableSets(settings, kPerformance, 0), SettingsError, "at least 1");
  settings.samples_per_query = uint64_t{1} << 32;
  CHECK_THROWS(LoadableSets(settings, kPerformance, 3), SettingsError, "samples_per_query");

  settings = Settings(TestScenario::SingleStream, 9);
  settings.performance_issue_same = true;
  settings.performance_issue_same_index = 4;
  CHECK_EQ(LoadableSets(settings, kPerformance, 13).size(), 1u);
  // The second set has 4 samples.
  CHECK_THROWS(LoadableSets(settings, kAccuracy, 13), SettingsError,
               "performance_issue_same_index = 4: must be below 4");
}

// Order.

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

// Times and counts.

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

// Beyond 65535 samples, with fewer queries than samples.
TEST(a_plan_holds_a_position_a_query) {
  EffectiveSettings settings = Settings(TestScenario::SingleStream, 70001);
  settings.min_query_count = 100;
  const Plan plan = PerformancePlan(settings, 200000);
  CHECK_EQ(plan.first_position.size(), 100u);
  CHECK_EQ(plan.samples->size(), 70001u);
  CHECK(plan.arrival_ns.empty());
}

// Series so long that only their first queries are kept.

constexpr uint64_t kLong = kKeptQueries + 3 * kLandmark / 2;

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
    if (query < kKeptQueries || query % kLandmark == 0) {
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

TEST(a_query_of_a_long_series_costs_next_to_nothing) {
  EffectiveSettings settings = Settings(TestScenario::Server, 9);
  const auto bytes = [&](uint64_t queries) {
    settings.min_query_count = queries;
    const Plan plan = PerformancePlan(settings, 9);
    return plan.first_position.size() * sizeof(plan.first_position[0]) +
           plan.arrival_ns.size() * sizeof(plan.arrival_ns[0]) +
           plan.landmark_ns.size() * sizeof(plan.landmark_ns[0]);
  };
  const uint64_t kept = bytes(kKeptQueries);
  CHECK_EQ(kept, kKeptQueries * 12 + kKeptQueries / kLandmark * 8);
  CHECK_EQ(bytes(2 * kKeptQueries) - kept, kKeptQueries / kLandmark * 8);
}

// The accuracy log.

TEST(accuracy_log_share) {
  EffectiveSettings settings = Settings(TestScenario::Server, 9);
  settings.accuracy_log_probability = 0.25;
  CHECK_EQ(AccuracyLogShare(settings), 0.25);
  settings.accuracy_log_sampling_target = 100;
  settings.min_query_count = 50;
  settings.min_sample_count = 50;
  CHECK_EQ(AccuracyLogShare(settings), 2.0);
  SetDuration(settings, 999);
  settings.target_qps = 1.002;  // 1.000998 queries
  CHECK_EQ(AccuracyLogShare(settings), 2.0);
  settings.target_qps = 401;  // 400.599 queries
  CHECK_EQ(AccuracyLogShare(settings), 0.25);
  settings.scenario = TestScenario::MultiStream;
  settings.samples_per_query = 4;
  CHECK_EQ(AccuracyLogShare(settings), 0.0625);
  settings.scenario = TestScenario::Offline;
  settings.samples_per_query = settings.min_sample_count = 800;
  CHECK_EQ(AccuracyLogShare(settings), 0.125);
}

TEST(accuracy_sampling) {
  AccuracySampler sampler(720381539243781796u);
  CHECK_EQ(Logged(sampler.Next(0.4, 8)), (std::vector<uint64_t>{1, 5}));

  AccuracySampler offline(720381539243781796u);
  CHECK_EQ(Logged(offline.Next(0.1, 100)), (std::vector<uint64_t>{5, 56, 65, 82, 87, 89, 92}));
}

TEST(accuracy_sampling_goes_on_after_accuracy_mode) {
  AccuracySampler sampler(720381539243781796u);
  sampler.Skip(9);
  sampler.Skip(4);
  CHECK_EQ(Logged(sampler.Next(8.0 / 30, 30)), (std::vector<uint64_t>{4, 10, 12, 24, 26}));
}

TEST(accuracy_sampling_of_a_second_series_continues_the_first) {
  AccuracySampler whole(1), halves(1);
  std::vector<uint8_t> expected = whole.Next(0.5, 200);
  std::vector<uint8_t> first = halves.Next(0.5, 70);
  const std::vector<uint8_t> second = halves.Next(0.5, 130);
  first.insert(first.end(), second.begin(), second.end());
  CHECK_EQ(Logged(first), Logged(expected));
}

TEST(accuracy_sampling_of_nothing_and_of_all) {
  AccuracySampler sampler(1);
  CHECK(Logged(sampler.Next(0, 1000)).empty());
  CHECK_EQ(Logged(sampler.Next(1, 1000)).size(), 1000u);
}

// SDXL's Offline run of 11220 samples logs 126 of them under TEST01.
TEST(accuracy_sampling_of_an_audit) {
  AccuracySampler sampler(720381539243781796u);
  CHECK_EQ(Logged(sampler.Next(128.0 / 11220, 11220)).size(), 126u);
}
