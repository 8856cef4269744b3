#include "results/early_stopping.h"

#include <cmath>
#include <cstdint>
#include <numeric>
#include <stdexcept>
#include <vector>

#include "check.h"
#include "results/binomial.h"

using namespace mlperf;
using namespace mlperf::results;

namespace {

std::vector<int64_t> OneTo(int64_t n) {
  std::vector<int64_t> values(static_cast<size_t>(n));
  std::iota(values.begin(), values.end(), 1);
  return values;
}

EarlyStopping EstimateOfOneTo(int64_t n, double percentile, bool with_p99) {
  const std::vector<int64_t> values = OneTo(n);
  OrderStatistics latencies(values);
  return EstimatePercentile(latencies, percentile, with_p99);
}

}  // namespace

// The minimum numbers of queries as the inference rules tabulate them, less the over-latency ones.
TEST(queries_needed_as_published) {
  struct Row {
    double percentile;
    std::vector<uint64_t> within;  // queries needed - over, for the numbers of `over` below
  };
  const std::vector<uint64_t> over = {0, 1, 2, 3, 4, 5, 10, 20, 50, 100};
  const Row rows[] = {
      {0.90, {44, 63, 79, 94, 109, 122, 187, 305, 631, 1146}},
      {0.95, {90, 129, 163, 195, 225, 254, 388, 636, 1322, 2404}},
      {0.97, {152, 218, 275, 329, 379, 428, 657, 1077, 2243, 4082}},
      {0.99, {459, 661, 836, 998, 1153, 1302, 2000, 3284, 6848, 12471}},
      {0.999, {4603, 6635, 8401, 10039, 11597, 13100, 20130, 33077, 69008, 125726}},
  };
  for (const Row& row : rows) {
    for (size_t i = 0; i < over.size(); ++i) {
      CHECK_EQ(QueriesNeeded(row.percentile, over[i]), row.within[i] + over[i]);
    }
  }
}

// Without over-latency queries there is a closed form: percentile^n < 0.01.
TEST(none_over_needs_the_logarithm) {
  for (const double percentile : {1e-9, 0.001, 0.1, 0.3, 0.5, 0.8, 0.9999, 0.999999, 1 - 1e-9}) {
    const double exact = std::ceil(std::log(0.01) / std::log(percentile));
    CHECK_EQ(QueriesNeeded(percentile, 0), static_cast<uint64_t>(exact));
  }
}

// The two searches answer the same question from its two ends.
TEST(allowed_is_the_inverse_of_needed) {
  for (const double percentile : {0.01, 0.25, 0.5, 0.75, 0.9, 0.97, 0.99, 0.999, 0.9999}) {
    for (const uint64_t over : {0, 1, 2, 7, 40, 300, 5000, 100000}) {
      const uint64_t needed = QueriesNeeded(percentile, over);
      CHECK(needed > over);
      CHECK_EQ(OverlatencyAllowed(percentile, needed).value_or(12345), over);
      if (over == 0) {
        CHECK(!OverlatencyAllowed(percentile, needed - 1));
      } else {
        CHECK_EQ(OverlatencyAllowed(percentile, needed - 1).value_or(12345), over - 1);
      }
    }
  }
}

TEST(allowed_of_few_queries) {
  CHECK(!OverlatencyAllowed(0.9, 0));
  CHECK(!OverlatencyAllowed(0.9, 1));
  CHECK(!OverlatencyAllowed(0.9, 43));
  CHECK_EQ(OverlatencyAllowed(0.9, 44).value_or(99), 0u);
  CHECK_EQ(OverlatencyAllowed(0.9, 10000).value_or(0), 930u);
  CHECK_EQ(OverlatencyAllowed(0.99, 661).value_or(99), 0u);
  CHECK_EQ(OverlatencyAllowed(0.99, 662).value_or(99), 1u);
}

TEST(beyond_what_double_can_count) {
  CHECK(QueriesNeeded(1 - 1e-16, 1000) > uint64_t{1} << 59);
  const uint64_t over = 1'000'000'000;
  const uint64_t needed = QueriesNeeded(0.9999999, over);  // about 10^16
  CHECK(needed > 9'999'000'000'000'000 && needed < 10'001'000'000'000'000);
}

TEST(percentile_out_of_range) {
  CHECK_THROWS(QueriesNeeded(1, 0), std::logic_error, "percentile");
  CHECK_THROWS(OverlatencyAllowed(0, 10), std::logic_error, "percentile");
  CHECK_THROWS(QueriesNeeded(std::nan(""), 0), std::logic_error, "percentile");
}

TEST(binomial_sums_to_one) {
  const Binomial coin(0.3, 0.7);
  double sum = 0;
  for (double hits = 0; hits <= 40; ++hits) {
    sum += coin.Exactly(40, hits);
    CHECK(std::abs(coin.AtMost(40, hits) - sum) < 1e-13);
  }
  CHECK(std::abs(sum - 1) < 1e-13);
  const double half = 1832624140942590534.0 / 18446744073709551616.0;  // C(64, 32) / 2^64
  CHECK(std::abs(Binomial(0.5, 0.5).Exactly(64, 32) - half) < 1e-14);
  CHECK(std::abs(coin.Exactly(4, 1) - 4 * 0.3 * 0.343) < 1e-15);
  CHECK_EQ(Binomial(1e-3, 0.999).AtMost(1e6, 9e5), 1.0);  // far above the mean
  CHECK_EQ(Binomial(0.999, 1e-3).AtMost(1e6, 1e5), 0.0);  // far below it
}

TEST(too_few_queries_to_estimate) {
  const EarlyStopping result = EstimateOfOneTo(63, 0.9, true);
  CHECK(!result.met);
  CHECK(!result.estimate_ns);
  CHECK(!result.estimate_p99_ns);
  CHECK_EQ(result.text,
           " * Only processed 63 queries.\n * Need to process at least 64 queries for early "
           "stopping.");
  CHECK_EQ(EstimateOfOneTo(0, 0.9, true).met, false);
}

TEST(estimate_is_the_last_latency_not_discarded) {
  const EarlyStopping result = EstimateOfOneTo(10000, 0.9, false);
  CHECK(result.met);
  CHECK_EQ(result.estimate_ns.value_or(0), 10000 - 929);
  CHECK_EQ(result.text,
           " * Processed at least 64 queries (10000).\n * Would discard 929 highest latency "
           "queries.\n * Early stopping 90.0th percentile estimate: 9071");
  CHECK_EQ(EstimateOfOneTo(64, 0.9, false).estimate_ns.value_or(0), 64);
}

TEST(estimate_with_p99) {
  const EarlyStopping few = EstimateOfOneTo(661, 0.9, true);
  CHECK(few.met);
  CHECK(!few.estimate_p99_ns);
  CHECK(few.text.ends_with(
      "\n * Not enough queries processed for 99.0th percentile\n early stopping estimate (would "
      "need to process at\n least 662 total queries)."));

  const EarlyStopping enough = EstimateOfOneTo(662, 0.9, true);
  CHECK_EQ(enough.estimate_p99_ns.value_or(0), 662);
  CHECK(enough.text.ends_with("\n * Early stopping 99.0th percentile estimate: 662"));
}

TEST(overlatency) {
  CHECK(CheckOverlatency(0.99, 662, 1).met);
  CHECK_EQ(CheckOverlatency(0.99, 662, 1).text, " * Run successful.");
  const EarlyStopping failed = CheckOverlatency(0.99, 600, 1);
  CHECK(!failed.met);
  CHECK_EQ(failed.text,
           " * Run unsuccessful.\n * Processed 600 queries.\n * Would need to run at least 62 more "
           "queries,\n with the run being successful if every additional\n query were under "
           "latency.");
  CHECK(!CheckOverlatency(0.99, 0, 0).met);
  CHECK(!CheckOverlatency(0.99, 1000, 1000).met);
}
