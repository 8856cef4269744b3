#include "results/order_statistics.h"

#include <algorithm>
#include <cstdint>
#include <random>
#include <vector>

#include "check.h"

using namespace mlperf;
using namespace mlperf::results;

namespace {

std::vector<int64_t> Random(size_t count, uint64_t distinct) {
  std::mt19937_64 engine(count);
  std::vector<int64_t> values(count);
  for (int64_t& value : values) value = static_cast<int64_t>(engine() % distinct);
  return values;
}

int64_t Mean(const std::vector<int64_t>& values) { return OrderStatistics(values).mean(); }

}  // namespace

// All of the values that a report asks for, in one question and one by one.
void CheckPercentiles(const std::vector<int64_t>& values) {
  std::vector<int64_t> sorted = values;
  std::sort(sorted.begin(), sorted.end());
  OrderStatistics together(values);
  OrderStatistics alone(values);
  const std::vector<size_t> indices = {values.size() / 2, values.size() / 10 * 9, 0,
                                       values.size() / 1000 * 999, values.size() - 1};
  const std::vector<int64_t> found = together.At(indices);
  for (size_t i = 0; i < indices.size(); ++i) {
    CHECK_EQ(found[i], sorted[indices[i]]);
    CHECK_EQ(alone.At(indices[i]), sorted[indices[i]]);
  }
}

// However the values lie to one another: the ranges into which they are counted may be far too
// coarse for most of them.
TEST(many_values_of_any_distribution) {
  constexpr size_t kCount = 20000;
  for (const uint64_t distinct : {uint64_t{20}, uint64_t{5000}, uint64_t{1} << 62}) {
    std::vector<int64_t> values = Random(kCount, distinct);
    CheckPercentiles(values);
    for (int64_t& value : values) value += int64_t{1} << 61;
    CheckPercentiles(values);
    values[7] = 0;
    CheckPercentiles(values);
    values[9] = INT64_MAX;
    CheckPercentiles(values);
    values[11] = INT64_MIN;
    CheckPercentiles(values);
  }
  std::vector<int64_t> powers(62 * 64);
  for (size_t i = 0; i < powers.size(); ++i) powers[i] = (int64_t{1} << (i % 62)) + (i % 3 != 0);
  CheckPercentiles(powers);
}

TEST(any_question_in_any_order_agrees_with_a_sort) {
  for (const uint64_t distinct : {uint64_t{1}, uint64_t{3}, uint64_t{1} << 40}) {
    for (const size_t count : {1u, 2u, 3u, 10u, 257u, 1000u}) {
      const std::vector<int64_t> values = Random(count, distinct);
      std::vector<int64_t> sorted = values;
      std::sort(sorted.begin(), sorted.end());
      OrderStatistics statistics(values);
      CHECK_EQ(statistics.size(), count);
      CHECK_EQ(statistics.min(), sorted.front());
      CHECK_EQ(statistics.max(), sorted.back());
      std::mt19937 engine(1);
      for (int question = 0; question < 300; ++question) {
        const size_t index = engine() % count;
        CHECK_EQ(statistics.At(index), sorted[index]);
      }
      CHECK_EQ(statistics.At(count), sorted.back());
    }
  }
}

TEST(percentile_is_the_value_at_the_truncated_product) {
  std::vector<int64_t> values(100);
  for (size_t i = 0; i < values.size(); ++i) values[i] = static_cast<int64_t>(99 - i);
  OrderStatistics statistics(values);
  CHECK_EQ(statistics.Percentile(0.5), 50);
  CHECK_EQ(statistics.Percentile(0.9), 90);
  CHECK_EQ(statistics.Percentile(0.97), 97);
  CHECK_EQ(statistics.Percentile(0.99), 99);
  CHECK_EQ(statistics.Percentile(0.999), 99);
  CHECK_EQ(statistics.Percentile(1.0), 99);
  const std::vector<int64_t> one = {7};
  CHECK_EQ(OrderStatistics(one).Percentile(0.99), 7);
}

TEST(mean_is_truncated) {
  CHECK_EQ(Mean({1, 2, 2}), 1);
  CHECK_EQ(Mean({0}), 0);
}

// An hour of Offline at 100,000 samples a second sums to more than 2^63 ns.
TEST(mean_of_a_sum_beyond_64_bits) {
  const int64_t large = INT64_MAX - 2;
  CHECK_EQ(Mean({large, large + 2, large + 1}), large + 1);
  CHECK_EQ(Mean(std::vector<int64_t>(1000, large)), large);
}

TEST(counts_strictly_above) {
  const std::vector<int64_t> values = {5, 1, 5, 9};
  OrderStatistics statistics(values);
  CHECK_EQ(statistics.CountAbove(5), 1u);
  CHECK_EQ(statistics.CountAbove(4), 3u);
  CHECK_EQ(statistics.At(1), 5);
  CHECK_EQ(statistics.CountAbove(5), 1u);
}

TEST(nothing_at_all) {
  const std::vector<int64_t> none;
  OrderStatistics statistics(none);
  CHECK_EQ(statistics.size(), 0u);
  CHECK_EQ(statistics.At(0), 0);
  CHECK_EQ(statistics.Percentile(0.5), 0);
  const LatencySummary summary = Summarize(statistics);
  CHECK_EQ(summary.mean, 0);
  CHECK_EQ(summary.p99_9, 0);
}

TEST(summary_of_a_thousand) {
  std::vector<int64_t> values(1000);
  for (size_t i = 0; i < values.size(); ++i) values[i] = static_cast<int64_t>(i * 7 % 1000);
  OrderStatistics statistics(values);
  const LatencySummary summary = Summarize(statistics);
  CHECK_EQ(summary.min, 0);
  CHECK_EQ(summary.max, 999);
  CHECK_EQ(summary.mean, 499);
  CHECK_EQ(summary.p50, 500);
  CHECK_EQ(summary.p90, 900);
  CHECK_EQ(summary.p95, 950);
  CHECK_EQ(summary.p97, 970);
  CHECK_EQ(summary.p99, 990);
  CHECK_EQ(summary.p99_9, 999);
}
