// When a series of queries ends, and why.

#include "issue/stop_rule.h"

#include <stdexcept>

#include "check.h"
#include "fakes.h"
#include "issue/bench.h"

using namespace mlperf;
using namespace mlperf::issue;
using namespace bench;
using fakes::kMs;
using fakes::kSecond;
using fakes::kUs;
using Kind = IssueEnd::Kind;

TEST(single_stream_ends_when_both_minimums_are_met) {
  EffectiveSettings settings = Settings(TestScenario::SingleStream);
  settings.min_query_count = 3;
  settings.target_duration_ms = 10;
  Bench bench(settings, MakePlan(100));
  bench.respond = [&](const auto& samples) { bench.Block(samples, 3 * kMs); };
  const IssueEnd end = bench.Run();
  CHECK(end.kind == Kind::kNaturally);
  CHECK_EQ(end.message, "Ending naturally: Minimum query count and test duration met.");
  // The query at 9 ms is the fourth, but too early; the one at 12 ms is not.
  CHECK_EQ(bench.calls, (Times{0, 3 * kMs, 6 * kMs, 9 * kMs, 12 * kMs}));
  CHECK_EQ(bench.flushes, 1);
  CHECK_EQ(bench.Measure().sample_latency_ns, (Times(5, 3 * kMs)));

  settings.min_query_count = 7;
  Bench longer(settings, MakePlan(100));
  longer.respond = [&](const auto& samples) { longer.Block(samples, 3 * kMs); };
  CHECK(longer.Run().kind == Kind::kNaturally);
  CHECK_EQ(longer.calls.size(), 7u);
}

TEST(plan_runs_out) {
  EffectiveSettings settings = Settings(TestScenario::SingleStream);
  settings.min_query_count = 10;
  settings.target_duration_ms = 100;
  Bench bench(settings, MakePlan(20));
  bench.respond = [&](const auto& samples) { bench.Block(samples, kMs); };
  const IssueEnd end = bench.Run();
  CHECK(end.kind == Kind::kEarly);
  CHECK_EQ(end.message,
           "Ending early: Ran out of generated queries to issue before the minimum query count and "
           "test duration were reached. Please update the relevant expected latency or target qps "
           "in the TestSettings so they are more accurate.");
  CHECK_EQ(bench.series.QueriesIssued(), 20u);
  CHECK_EQ(bench.flushes, 1);
}

TEST(max_query_count) {
  for (const TestScenario scenario : {TestScenario::SingleStream, TestScenario::Server}) {
    EffectiveSettings settings = Settings(scenario);
    settings.min_query_count = 10;
    settings.max_query_count = 4;
    Bench bench(settings, MakePlan(20));
    bench.respond = [&](const auto& samples) { bench.Block(samples, kMs); };
    const IssueEnd end = bench.Run();
    CHECK(end.kind == Kind::kEarly);
    CHECK_EQ(end.message,
             "IssueQueryThread 0 Ending early: Max query count reached. query_count 4");
    CHECK_EQ(bench.calls.size(), 4u);
    CHECK_EQ(bench.flushes, 1);
  }
}

TEST(max_duration) {
  for (const TestScenario scenario : {TestScenario::SingleStream, TestScenario::Server}) {
    EffectiveSettings settings = Settings(scenario);
    settings.min_query_count = 10;
    settings.max_duration_ms = 6;
    Bench bench(settings, MakePlan(20));
    bench.respond = [&](const auto& samples) { bench.Block(samples, 2 * kMs); };
    const IssueEnd end = bench.Run();
    CHECK(end.kind == Kind::kEarly);
    CHECK_EQ(end.message,
             "IssueQueryThread 0 Ending early: Max test duration reached. duration_ns 6000000");
    CHECK_EQ(bench.calls.size(), 4u);
  }
}

TEST(max_async_queries) {
  EffectiveSettings settings = Settings(TestScenario::Server);
  settings.max_async_queries = 2;
  Bench bench(settings, MakePlan(20, 1, {0, 1, 2, 3, 4, 5}));
  bench.respond = [&](const auto& samples) { bench.Later(samples, 2 * kMs); };
  const IssueEnd end = bench.Run();
  CHECK(end.kind == Kind::kEarly);
  CHECK_EQ(end.message,
           "IssueQueryThread 0 Ending early: Too many outstanding queries. issued 3 outstanding 3");
  CHECK_EQ(bench.series.completions.Count(), 3u);  // waited for, all the same
}

// Elsewhere the limit does not apply: a query of Offline is outstanding until it is done.
TEST(max_async_queries_is_of_server) {
  EffectiveSettings settings = Settings(TestScenario::Offline);
  settings.max_async_queries = 1;
  settings.min_query_count = 2;
  const StopRule rule(settings, schedule::SeriesMode::kPerformance);
  CHECK(rule.After(1, 0, [] { return uint64_t{9}; }) == Stop::kGoOn);
}

TEST(stop_rules_in_order) {
  EffectiveSettings settings = Settings(TestScenario::SingleStream);
  settings.min_query_count = 5;
  settings.target_duration_ms = 10;
  settings.max_query_count = 5;
  settings.max_duration_ms = 10;
  const auto none = [] { return uint64_t{0}; };
  const StopRule rule(settings, schedule::SeriesMode::kPerformance);
  CHECK(rule.After(4, 10 * kMs - 1, none) == Stop::kGoOn);
  CHECK(rule.After(5, 10 * kMs, none) == Stop::kNaturally);
  CHECK(rule.After(5, 10 * kMs - 1, none) == Stop::kMaxQueryCount);
  CHECK(rule.After(4, 10 * kMs, none) == Stop::kMaxDuration);
  const StopRule accuracy(settings, schedule::SeriesMode::kAccuracy);
  CHECK(accuracy.After(1000, 10 * kSecond, none) == Stop::kGoOn);
}

TEST(accuracy_issues_every_query) {
  for (const TestScenario scenario : {TestScenario::SingleStream, TestScenario::MultiStream,
                                      TestScenario::Server, TestScenario::Offline}) {
    EffectiveSettings settings = Settings(scenario);
    settings.max_query_count = 2;
    settings.max_duration_ms = 1;
    Bench bench(settings, MakePlan(10), schedule::SeriesMode::kAccuracy);
    bench.respond = [&](const auto& samples) { bench.Block(samples, kMs); };
    const IssueEnd end = bench.Run();
    CHECK(end.kind == Kind::kDone);
    CHECK(end.message.empty());
    CHECK_EQ(bench.calls.size(), 10u);
  }
}

TEST(interrupted_between_queries) {
  for (const TestScenario scenario : {TestScenario::SingleStream, TestScenario::Server}) {
    EffectiveSettings settings = Settings(scenario);
    settings.min_query_count = 100;
    Bench bench(settings, MakePlan(100));
    bench.respond = [&](const auto& samples) {
      bench.Block(samples, kMs);
      if (bench.calls.size() == 5) bench.series.completions.Interrupt();
    };
    CHECK(bench.Run().kind == Kind::kInterrupted);
    CHECK_EQ(bench.calls.size(), 5u);
    CHECK_EQ(bench.flushes, 0);
  }
}

TEST(interrupted_while_waiting) {
  Bench bench(Settings(TestScenario::Offline), MakePlan(1, 2));
  bench.clock.SetTick(kUs);
  bench.respond = [](const auto&) {};
  bench.sut.flush = [&] {
    bench.clock.At(bench.clock.NowNs() + 10 * kUs, [&] { bench.series.completions.Interrupt(); });
  };
  CHECK(bench.Run().kind == Kind::kInterrupted);
}

TEST(server_is_interrupted_while_it_waits_for_the_time) {
  Bench bench(Settings(TestScenario::Server), MakePlan(2, 1, {0, 3600 * kSecond}));
  bench.respond = [&](const auto& samples) {
    bench.Block(samples, 1);
    bench.clock.At(bench.clock.NowNs() + kSecond, [&] { bench.series.completions.Interrupt(); });
  };
  CHECK(bench.Run().kind == Kind::kInterrupted);
  CHECK_EQ(bench.calls.size(), 1u);
  CHECK(bench.Now() < 2 * kSecond);
}

TEST(patience_runs_out_at_the_end) {
  Bench bench(Settings(TestScenario::Offline), MakePlan(1, 4));
  bench.respond = [&](const auto& samples) {
    bench.Block({samples[0], samples[2]}, kMs);
    bench.clock.SetTick(kSecond);
  };
  CHECK(bench.Run(5 * kSecond).kind == Kind::kTimedOut);
  CHECK(bench.Now() >= 5 * kSecond);
  CHECK(bench.Now() < 20 * kSecond);
  CHECK_EQ(bench.Measure().missing_samples, 2u);
}

TEST(patience_runs_out_between_queries) {
  EffectiveSettings settings = Settings(TestScenario::SingleStream);
  settings.min_query_count = 10;
  Bench bench(settings, MakePlan(20));
  bench.respond = [&](const auto& samples) {
    if (bench.calls.size() < 3) return bench.Block(samples, kMs);
    bench.clock.SetTick(kSecond);
  };
  CHECK(bench.Run(5 * kSecond).kind == Kind::kTimedOut);
  CHECK_EQ(bench.calls.size(), 3u);
}

// One slow query after another is no reason to give up.
TEST(patience_is_for_each_wait) {
  EffectiveSettings settings = Settings(TestScenario::SingleStream);
  settings.min_query_count = 10;
  Bench bench(settings, MakePlan(20));
  bench.respond = [&](const auto& samples) { bench.Block(samples, 4 * kSecond); };
  CHECK(bench.Run(5 * kSecond).kind == Kind::kNaturally);
}

TEST(what_the_sut_or_the_poll_throws_comes_out) {
  Bench bench(Settings(TestScenario::SingleStream), MakePlan(10));
  bench.respond = [](const auto&) { throw std::runtime_error("broken SUT"); };
  CHECK_THROWS(bench.Run(), std::runtime_error, "broken SUT");
  CHECK_EQ(bench.series.QueriesIssued(), 1u);

  Bench polled(Settings(TestScenario::Server), MakePlan(2, 1, {0, 10 * kSecond}));
  polled.respond = [&](const auto& samples) { polled.Block(samples, 1); };
  polled.poll = [] { throw std::runtime_error("Ctrl-C"); };
  CHECK_THROWS(polled.Run(), std::runtime_error, "Ctrl-C");

  Bench flushed(Settings(TestScenario::Offline), MakePlan(1));
  flushed.respond = [&](const auto& samples) { flushed.Block(samples, 1); };
  flushed.sut.flush = [] { throw std::runtime_error("broken flush"); };
  CHECK_THROWS(flushed.Run(), std::runtime_error, "broken flush");
}
