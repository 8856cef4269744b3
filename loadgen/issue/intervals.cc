#include "issue/intervals.h"

#include <algorithm>
#include <functional>

namespace mlperf::issue {
namespace {

// The first tick after `last_tick` at which fewer than `max_out` of the `issued` queries are out.
uint64_t TickAfterLast(const Series& series, uint64_t issued, uint64_t last_tick,
                       uint64_t max_out) {
  if (issued < max_out) return last_tick + 1;
  std::vector<int64_t> done_ns;
  done_ns.reserve(issued);
  for (uint64_t query = 0; query < issued; ++query) done_ns.push_back(series.QueryDoneAt(query));
  // After this completion, only max_out - 1 queries are outstanding.
  const auto decisive = done_ns.begin() + static_cast<ptrdiff_t>(max_out - 1);
  std::nth_element(done_ns.begin(), decisive, done_ns.end(), std::greater<>());
  return std::max(last_tick + 1, FirstTickFrom(*decisive, series.plan.gap_ns));
}

}  // namespace

std::vector<int64_t> IntervalsBetweenQueries(const Series& series, uint64_t max_async_queries) {
  const uint64_t issued = series.QueriesIssued();
  std::vector<int64_t> intervals;
  intervals.reserve(issued);
  for (uint64_t query = 0; query < issued; ++query) {
    const uint64_t tick = series.TickOf(query);
    const uint64_t next = query + 1 < issued
                              ? series.TickOf(query + 1)
                              : TickAfterLast(series, issued, tick, max_async_queries);
    intervals.push_back(static_cast<int64_t>(next - tick));
  }
  return intervals;
}

}  // namespace mlperf::issue
