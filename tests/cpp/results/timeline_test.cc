#include "results/timeline.h"

#include <cstdint>
#include <numeric>
#include <vector>

#include "check.h"
#include "results/curve.h"
#include "results/order_statistics.h"

using namespace mlperf;
using namespace mlperf::results;

namespace {

uint64_t Sum(const std::vector<uint64_t>& counts) {
  return std::accumulate(counts.begin(), counts.end(), uint64_t{0});
}

}  // namespace

TEST(bins_are_single_values_and_then_64_an_octave) {
  for (int64_t value = 0; value < 128; ++value) CHECK_EQ(BinOf(value), static_cast<size_t>(value));
  CHECK_EQ(BinOf(128), 128U);
  CHECK_EQ(BinOf(129), 128U);
  CHECK_EQ(BinOf(130), 129U);
  CHECK_EQ(BinOf(255), 191U);
  CHECK_EQ(BinOf(256), 192U);
  CHECK_EQ(BinOf(INT64_MAX), kBins - 1);
  CHECK_EQ(BinOf(-1), 0U);
  size_t last = 0;
  for (int64_t value = 1; value < int64_t{1} << 61; value += value / 3 + 1) {
    CHECK(BinOf(value) > last || BinOf(value) == BinOf(value - 1));
    last = BinOf(value);
  }
}

TEST(a_series_cut_into_columns_by_due_time) {
  TimelineMaker maker({.by = Timeline::By::kDue, .divided = 40, .span_ns = 4'000, .lags = true});
  for (uint64_t query = 0; query < 40; ++query) {
    const auto due_ns = static_cast<int64_t>(query * 100);
    maker.AddQuery(query, due_ns, due_ns + 7);
    maker.AddSample({.index = query % 8, .done_ns = query == 5 ? -1 : due_ns + 1'000});
  }
  const Timeline timeline = std::move(maker).Take();
  CHECK_EQ(timeline.plan_columns, 10U);
  CHECK_EQ(timeline.edges_ns.size(), 14U);  // the last completion is at 4,900
  CHECK_EQ(timeline.edges_ns[1], 400);
  CHECK_EQ(timeline.due[0], 4U);
  CHECK_EQ(timeline.due[10], 0U);
  CHECK_EQ(timeline.failed[1], 1U);
  CHECK_EQ(Sum(timeline.completed), 39U);
  CHECK_EQ(Sum(timeline.latency.counts), 39U);
  CHECK_EQ(Sum(timeline.lag.counts), 40U);
  CHECK_EQ(timeline.in_flight_end.back(), 1U);
  CHECK_EQ(timeline.in_flight_max[5], 11U);  // ten are out at a time, and the one that failed
  CHECK_EQ(timeline.slowest.size(), 39U);
  CHECK(timeline.gap.empty());
}

TEST(nothing_was_issued) {
  for (const auto by : {Timeline::By::kDue, Timeline::By::kOrder, Timeline::By::kCompletion}) {
    TimelineMaker maker({.by = by});
    const Timeline timeline = std::move(maker).Take();
    CHECK_EQ(timeline.plan_columns, 1U);
    CHECK_EQ(timeline.edges_ns.size(), 2U);
    CHECK_EQ(Sum(timeline.issued), 0U);
  }
}

TEST(columns_are_joined_where_there_are_too_many_cells) {
  constexpr uint64_t kQueries = 200'000;
  TimelineMaker maker({.by = Timeline::By::kOrder, .divided = kQueries, .gaps = true});
  int64_t now_ns = 0;
  for (uint64_t query = 0; query < kQueries; ++query) {
    maker.AddQuery(query, now_ns, now_ns);
    now_ns += int64_t{1} << (query % 30);
    now_ns += static_cast<int64_t>(query % 1009) * static_cast<int64_t>(query % 997);
    maker.AddSample({.index = 0, .done_ns = now_ns});
  }
  const Timeline timeline = std::move(maker).Take();
  CHECK(timeline.due.size() < 240U);
  CHECK_EQ(timeline.edges_ns.size(), timeline.due.size() + 1);
  CHECK_EQ(timeline.latency.first_bin.size(), timeline.due.size());
  CHECK(timeline.latency.counts.size() + timeline.gap.counts.size() < 400'000U);
  CHECK_EQ(Sum(timeline.latency.counts), kQueries);
  CHECK_EQ(timeline.slowest.size(), 50U);
}

TEST(a_curve_ends_at_the_maximum) {
  std::vector<int64_t> values(1'000);
  std::iota(values.begin(), values.end(), 1);
  OrderStatistics statistics(values);
  const DurationCurve curve = CurveOf(statistics);
  CHECK_EQ(curve.count, 1'000U);
  CHECK_EQ(curve.curve_ns.size(), 3U * 24 + 2);
  CHECK_EQ(curve.curve_ns.front(), 1);
  CHECK_EQ(curve.curve_ns[24], 901);
  CHECK_EQ(curve.curve_ns.back(), 1'000);
  OrderStatistics none(std::span<const int64_t>{});
  CHECK_EQ(CurveOf(none).count, 0U);
}
