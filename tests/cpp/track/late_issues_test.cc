#include "track/late_issues.h"

#include <utility>
#include <vector>

#include "check.h"

using mlperf::track::LateIssueCounter;
using mlperf::track::LateIssues;

namespace {

using Issues = std::vector<std::pair<int64_t, int64_t>>;  // scheduled, issued

LateIssues Count(const Issues& issues, int64_t limit_ns = 10) {
  LateIssueCounter counter(limit_ns);
  for (const auto& [scheduled_ns, issued_ns] : issues) counter.Add(scheduled_ns, issued_ns);
  return counter.Counted();
}

}  // namespace

TEST(nothing_issued_nothing_late) {
  const LateIssues late = Count({});
  CHECK_EQ(late.count, 0u);
  CHECK_EQ(late.call_ns, 0);
}

TEST(a_lag_up_to_the_limit_is_not_late) {
  CHECK_EQ(Count({{0, 10}, {100, 110}}).count, 0u);
  CHECK_EQ(Count({{0, 11}, {100, 110}}).count, 1u);
}

// The call for the query of 0 takes 100; 20 and 40 come due meanwhile, and each call takes as long.
TEST(a_long_call_holds_up_those_behind_it) {
  const LateIssues late = Count({{0, 0}, {20, 100}, {40, 200}, {60, 300}});
  CHECK_EQ(late.count, 3u);
  CHECK_EQ(late.call_ns, 100);
  // That of 20 alone says nothing: its thread may have waited, for all that is known so far.
  CHECK_EQ(late.behind_calls, 2u);
}

// Once the length of a call is known, so is that a query which comes due within one waits for it.
TEST(a_query_due_during_a_call_waits_for_it) {
  const LateIssues late = Count({{0, 0}, {20, 100}, {40, 200}, {1000, 1000}, {1050, 1100}});
  CHECK_EQ(late.count, 3u);
  CHECK_EQ(late.behind_calls, 2u);
}

// Calls take 1. The thread sleeps until 500 instead of 100, by when three more are due.
TEST(those_behind_a_late_wake_up_are_late_because_of_it) {
  const LateIssues late = Count({{0, 0}, {100, 500}, {200, 501}, {300, 502}, {400, 503}});
  CHECK_EQ(late.count, 4u);
  CHECK_EQ(late.behind_calls, 0u);
  CHECK_EQ(late.call_ns, 1);
}

// Late by 20 to begin with; calls of 30 then make up most of the lag.
TEST(the_larger_part_of_the_lag_decides) {
  const LateIssues late = Count({{100, 120}, {115, 150}, {119, 180}}, 15);
  CHECK_EQ(late.count, 3u);
  CHECK_EQ(late.behind_calls, 2u);
}
