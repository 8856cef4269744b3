#include "results/overhead.h"

#include <string>
#include <vector>

#include "check.h"
#include "results/result_entries.h"

using namespace mlperf;
using namespace mlperf::results;

namespace {

constexpr int64_t kUs = 1'000;
constexpr int64_t kMs = 1'000'000;

Report Fill(TestScenario scenario, const track::Measurements& measured,
            double duration_seconds = 1) {
  Report report;
  report.settings.scenario = scenario;
  report.settings.target_latency_ns = 10 * kMs;
  report.duration_seconds = duration_seconds;
  FillGenerator(measured, &report);
  return report;
}

track::Measurements Gaps(size_t count, int64_t gap_ns) {
  track::Measurements measured;
  measured.gap_ns.assign(count, gap_ns);
  return measured;
}

track::Measurements Lags(int64_t lag_ns, const track::LateIssues& late) {
  track::Measurements measured;
  measured.schedule_lag_ns.assign(100, lag_ns);
  measured.late_issues = late;
  return measured;
}

bool Contains(const Report& report, const std::string& words) {
  return report.notes.size() == 1 && report.notes[0].find(words) != std::string::npos;
}

}  // namespace

TEST(nothing_measured_nothing_said) {
  const Report report = Fill(TestScenario::Offline, {}, 0);
  CHECK(!report.loadgen_overhead);
  CHECK(!report.schedule_lag_ns);
  CHECK(report.notes.empty());
  CHECK(GeneratorEntries(report).empty());
}

TEST(the_share_is_of_the_whole_run) {
  track::Measurements measured = Gaps(3, 20 * kMs);
  measured.gap_ns.push_back(40 * kMs);
  const Report report = Fill(TestScenario::SingleStream, measured, 2);
  CHECK(report.loadgen_overhead.has_value());
  CHECK_EQ(report.loadgen_overhead->share, 0.05);
  CHECK_EQ(report.loadgen_overhead->gap_ns.mean, 25 * kMs);
  CHECK_EQ(report.loadgen_overhead->gap_ns.p50, 20 * kMs);
  CHECK_EQ(report.loadgen_overhead->gap_ns.p99, 40 * kMs);
  CHECK(report.notes.empty());
}

TEST(above_a_tenth_it_is_noted) {
  CHECK(Fill(TestScenario::MultiStream, Gaps(100, kMs), 1).notes.empty());
  const Report report = Fill(TestScenario::MultiStream, Gaps(100, kMs), 0.8);
  CHECK(Contains(report, "12 % of the run"));
  CHECK(Contains(report, "passed 1.00 ms on average"));
}

TEST(lags_within_a_tenth_of_the_target_latency_are_not_noted) {
  const track::LateIssues late{.count = 1, .behind_calls = 1, .call_ns = kMs};
  CHECK(Fill(TestScenario::Server, Lags(kMs, late)).notes.empty());
  // Its lag is a matter of skipped intervals.
  CHECK(Fill(TestScenario::MultiStreamFixedInterval, Lags(5 * kMs, late)).notes.empty());
}

TEST(a_lag_is_the_issue_call_or_the_machine) {
  const track::LateIssues calls{.count = 50, .behind_calls = 26, .call_ns = 350 * kUs};
  const Report blocked = Fill(TestScenario::Server, Lags(2 * kMs, calls));
  CHECK(Contains(blocked, "50 queries were issued more than 1.00 ms late"));
  CHECK(Contains(blocked, "the SUT's issue call, which takes 350 us,"));

  const track::LateIssues woken{.count = 50, .behind_calls = 25, .call_ns = 100};
  CHECK(
      Contains(Fill(TestScenario::Server, Lags(2 * kMs, woken)), "this machine woke LoadGen late"));
}

TEST(coalesced_queries_do_not_tell_the_cause) {
  Report report;
  report.settings.scenario = TestScenario::Server;
  report.settings.server_coalesce_queries = true;
  report.settings.target_latency_ns = 10 * kMs;
  FillGenerator(Lags(2 * kMs, {.count = 9, .behind_calls = 9, .call_ns = 0}), &report);
  CHECK(
      Contains(report, "9 queries were issued more than 1.00 ms late: the SUT's issue call kept"));
}

TEST(with_tokens_the_limit_is_of_the_first) {
  EffectiveSettings settings;
  settings.target_latency_ns = 10;
  settings.ttft_latency_ns = 2000;
  CHECK_EQ(LateLimitNs(settings), 1);
  settings.use_token_latencies = true;
  CHECK_EQ(LateLimitNs(settings), 200);
}
