// Which samples are loaded together. Lists not derived here were recorded from the reference
// implementation.

#include "check.h"
#include "mlperf_loadgen/errors.h"
#include "schedule/plans.h"

using namespace mlperf;
using namespace mlperf::schedule;
using namespace plans;

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
