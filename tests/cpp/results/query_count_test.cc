// The query counts of arXiv:1911.02549, and the bound of the normal distribution below them.

#include "mlperf_loadgen/query_count.h"

#include <cmath>
#include <limits>
#include <stdexcept>

#include "check.h"
#include "results/normal.h"

using mlperf::MinimumQueryCount;
using mlperf::results::NormalBound;

TEST(the_published_table) {
  struct Row {
    double percentile;
    uint64_t exact;
    uint64_t rounded;
  };
  const Row rows[] = {
      {0.90, 23886, 24576}, {0.95, 50425, 57344}, {0.97, 85811, 90112}, {0.99, 262742, 270336}};
  for (const Row& row : rows) {
    const mlperf::QueryCount count = MinimumQueryCount(row.percentile);
    CHECK_EQ(count.exact, row.exact);
    CHECK_EQ(count.rounded, row.rounded);
  }
}

TEST(more_confidence_takes_more_queries) {
  // 400 z^2 of one standard deviation, z = 1.
  CHECK_EQ(MinimumQueryCount(0.5, 0.68268949213708590).exact, uint64_t{400});
  CHECK_EQ(MinimumQueryCount(0.5, 0.95449973610364159).exact, uint64_t{1600});
  CHECK_EQ(MinimumQueryCount(0.5, 0.99730020393673981).exact, uint64_t{3600});
}

TEST(a_count_is_at_least_1_and_at_most_exact) {
  CHECK_EQ(MinimumQueryCount(1e-9).exact, uint64_t{1});
  CHECK_EQ(MinimumQueryCount(1e-300, 1e-300).rounded, uint64_t{8192});
  const uint64_t large = MinimumQueryCount(1 - 0x1p-41).exact;  // 400 z^2 (2^41 - 1)
  CHECK(large > uint64_t{5836000000000000} && large < uint64_t{5837000000000000});
  CHECK_THROWS(MinimumQueryCount(1 - 0x1p-53), std::invalid_argument, "no count is exact");
}

TEST(a_multiple_stays_what_it_is) {
  // p / (1 - p) = 8192 / 400 at z = 1.
  const mlperf::QueryCount count = MinimumQueryCount(8192.0 / 8592, 0.68268949213708590);
  CHECK_EQ(count.exact, uint64_t{8192});
  CHECK_EQ(count.rounded, uint64_t{8192});
}

TEST(fractions_only) {
  for (const double wrong : {0.0, 1.0, -0.5, 99.0, std::numeric_limits<double>::quiet_NaN()}) {
    CHECK_THROWS(MinimumQueryCount(wrong), std::invalid_argument, "percentile = ");
    CHECK_THROWS(MinimumQueryCount(0.9, wrong), std::invalid_argument, "confidence = ");
  }
}

TEST(bounds_of_the_normal_distribution) {
  struct Row {
    double confidence;
    double z;
  };
  // From 30 digits of sqrt(2) erfinv(confidence), the confidence being the nearest double.
  const Row rows[] = {{0.001, 0.00125331446543255454}, {0.1, 0.125661346855074041},
                      {0.5, 0.674489750196081743},     {0.95, 1.95996398454005386},
                      {0.99, 2.57582930354890045},     {0.999, 3.29052673149189454},
                      {1 - 1e-9, 6.10941020938344911}, {1 - 0x1p-53, 8.29236107581359554}};
  for (const Row& row : rows) CHECK(std::abs(NormalBound(row.confidence) / row.z - 1) < 1e-12);
}
