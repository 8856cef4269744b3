// Which responses of a performance test the accuracy log takes. Lists were recorded from the
// reference implementation.

#include "schedule/accuracy_sampling.h"

#include <vector>

#include "check.h"
#include "schedule/plans.h"

using namespace mlperf;
using namespace mlperf::schedule;
using namespace plans;

namespace {

std::vector<uint64_t> Logged(const std::vector<uint8_t>& mask) {
  std::vector<uint64_t> logged;
  for (size_t i = 0; i < mask.size(); ++i) {
    if (mask[i]) logged.push_back(i);
  }
  return logged;
}

}  // namespace

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
