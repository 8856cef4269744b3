#include <memory>
#include <numeric>
#include <stdexcept>
#include <thread>
#include <utility>

#include "check.h"
#include "fakes.h"
#include "issue/issuer.h"
#include "issue/stop_rule.h"

using namespace mlperf;
using namespace mlperf::issue;
using fakes::kMs;
using fakes::kSecond;
using fakes::kUs;
using Kind = IssueEnd::Kind;
using Times = std::vector<int64_t>;

namespace {

schedule::Plan MakePlan(uint64_t queries, uint64_t samples_per_query = 1, Times arrivals = {}) {
  schedule::Plan plan;
  plan.query_count = queries;
  plan.samples_per_query = samples_per_query;
  std::vector<QuerySampleIndex> samples(queries * samples_per_query);
  std::iota(samples.begin(), samples.end(), QuerySampleIndex{1000});
  plan.samples = std::make_shared<const std::vector<QuerySampleIndex>>(std::move(samples));
  for (uint32_t q = 0; q < queries; ++q) {
    plan.first_position.push_back(q * static_cast<uint32_t>(samples_per_query));
  }
  plan.arrival_ns = std::move(arrivals);
  return plan;
}

EffectiveSettings Settings(TestScenario scenario) {
  EffectiveSettings settings;
  settings.scenario = scenario;
  settings.min_query_count = 1;
  return settings;
}

// One series between a clock and a SUT that are told what to do.
struct Bench {
  Bench(const EffectiveSettings& settings_, schedule::Plan plan,
        schedule::SeriesMode mode = schedule::SeriesMode::kPerformance, bool trace = false)
      : settings(settings_), series(std::move(plan), mode, 3, 0, false, trace), target(sut, 1) {
    sut.issue = [this](const fakes::Samples& samples) {
      calls.push_back(Now());
      sizes.push_back(samples.size());
      for (const QuerySample& sample : samples) indices.push_back(sample.index);
      respond(samples);
    };
    sut.flush = [this] {
      ++flushes;
      clock.RunAgenda();
    };
  }

  int64_t Now() { return series.SinceStart(clock.NowNs()); }

  void Complete(ResponseId id) {
    if (series.slots.Find(id).fault != track::Fault::kNone) throw std::logic_error("bad id");
    series.slots.Complete(track::PlaceOf(id), Now());
    series.gate.Add(1);
  }
  // `latency_ns` from now, during which the SUT keeps the issuing thread.
  void Block(const fakes::Samples& samples, int64_t latency_ns) {
    clock.Advance(latency_ns);
    for (const QuerySample& sample : samples) Complete(sample.id);
  }
  // Likewise, and lets the issuing thread go.
  void Later(const fakes::Samples& samples, int64_t latency_ns) {
    for (const QuerySample& sample : samples) {
      clock.At(clock.NowNs() + latency_ns, [this, id = sample.id] { Complete(id); });
    }
  }

  IssueEnd Run(int64_t patience_ns = 0) {
    return Issue(series, settings, target, clock, poll, {.give_up_ns = patience_ns});
  }

  track::Measurements Measure() {
    const bool closed_loop = settings.scenario == TestScenario::SingleStream ||
                             settings.scenario == TestScenario::MultiStream;
    return series.slots.Measure(series.QueriesIssued(), [&](uint64_t query) {
      return series.ScheduledAt(query, closed_loop);
    });
  }

  const EffectiveSettings settings;
  fakes::FakeClock clock;
  fakes::FakeSut sut;
  Series series;
  Target target;
  Poll poll;
  std::function<void(const fakes::Samples&)> respond;
  Times calls;  // when IssueQuery was called
  std::vector<size_t> sizes;
  std::vector<QuerySampleIndex> indices;
  int flushes = 0;
};

}  // namespace

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

TEST(single_stream_goes_on_only_after_completion) {
  EffectiveSettings settings = Settings(TestScenario::SingleStream);
  settings.min_query_count = 20;
  Bench bench(settings, MakePlan(50));
  bench.clock.SetTick(kUs);
  bench.respond = [&](const auto& samples) {
    CHECK_EQ(bench.series.gate.Count(), track::PlaceOf(samples[0].id));
    bench.Later(samples, 10 * kUs);
  };
  CHECK(bench.Run().kind == Kind::kNaturally);
  CHECK_EQ(bench.series.gate.Count(), 20u);
}

TEST(single_stream_served_by_another_thread) {
  EffectiveSettings settings = Settings(TestScenario::SingleStream);
  settings.min_query_count = 300;
  Bench bench(settings, MakePlan(300));
  std::atomic<ResponseId> work{0};
  std::thread server([&] {
    for (int i = 0; i < 300; ++i) {
      ResponseId id = 0;
      while ((id = work.exchange(0)) == 0) std::this_thread::yield();
      bench.series.slots.Complete(track::PlaceOf(id), 1);
      bench.series.gate.Add(1);
    }
  });
  bench.clock.SetTick(kUs);
  bench.respond = [&](const auto& samples) { CHECK_EQ(work.exchange(samples[0].id), 0u); };
  const IssueEnd end = bench.Run();
  server.join();
  CHECK(end.kind == Kind::kNaturally);
  CHECK_EQ(bench.series.gate.Count(), 300u);
}

TEST(multi_stream_waits_for_the_whole_query) {
  EffectiveSettings settings = Settings(TestScenario::MultiStream);
  settings.min_query_count = 3;
  Bench bench(settings, MakePlan(10, 4));
  bench.respond = [&](const auto& samples) {
    CHECK_EQ(samples.size(), 4u);
    CHECK_EQ(bench.series.gate.Count() % 4, 0u);
    for (const QuerySample& sample : samples) bench.Block({sample}, kMs);
  };
  CHECK(bench.Run().kind == Kind::kNaturally);
  CHECK_EQ(bench.calls, (Times{0, 4 * kMs, 8 * kMs}));
  CHECK_EQ(bench.Measure().query_latency_ns, (Times(3, 4 * kMs)));
  CHECK_EQ(bench.indices.front(), 1000u);
  CHECK_EQ(bench.indices.back(), 1011u);
}

TEST(server_keeps_the_schedule_whatever_the_latency) {
  Bench bench(Settings(TestScenario::Server), MakePlan(4, 1, {0, 5 * kMs, 6 * kMs, 600 * kMs}));
  bench.respond = [&](const auto& samples) { bench.Later(samples, 20 * kMs); };
  CHECK(bench.Run().kind == Kind::kDone);
  CHECK_EQ(bench.calls, (Times{0, 5 * kMs, 6 * kMs, 600 * kMs}));
  CHECK_EQ(bench.Measure().sample_latency_ns, (Times(4, 20 * kMs)));
}

// A clock whose every look takes time: never earlier than scheduled.
TEST(server_is_never_early) {
  Times arrivals;
  for (int64_t i = 0; i < 200; ++i) arrivals.push_back(i * 137 * kUs + i * i);
  Bench bench(Settings(TestScenario::Server), MakePlan(200, 1, arrivals));
  bench.clock.SetTick(700);
  bench.respond = [&](const auto& samples) { bench.Block(samples, 100 * kUs); };
  CHECK(bench.Run().kind == Kind::kDone);
  for (uint64_t q = 0; q < 200; ++q) {
    CHECK(bench.series.slots.IssuedAt(q) >= arrivals[q]);
    CHECK(bench.series.slots.IssuedAt(q) < arrivals[q] + 10 * kUs);
  }
}

TEST(server_latency_counts_from_the_schedule_when_late) {
  Bench bench(Settings(TestScenario::Server), MakePlan(4, 1, {0, kMs, 2 * kMs, 20 * kMs}));
  bench.respond = [&](const auto& samples) { bench.Block(samples, 5 * kMs); };
  CHECK(bench.Run().kind == Kind::kDone);
  CHECK_EQ(bench.calls, (Times{0, 5 * kMs, 10 * kMs, 20 * kMs}));
  CHECK_EQ(bench.Measure().sample_latency_ns, (Times{5 * kMs, 9 * kMs, 13 * kMs, 5 * kMs}));
  CHECK_EQ(bench.sizes, (std::vector<size_t>(4, 1)));
}

TEST(server_coalesces_what_is_due) {
  EffectiveSettings settings = Settings(TestScenario::Server);
  settings.server_coalesce_queries = true;
  Bench bench(settings, MakePlan(6, 1, {0, kMs, 5 * kMs, 5 * kMs + 1, 30 * kMs, 40 * kMs}));
  bench.respond = [&](const auto& samples) { bench.Block(samples, 5 * kMs); };
  CHECK(bench.Run().kind == Kind::kDone);
  CHECK_EQ(bench.calls, (Times{0, 5 * kMs, 10 * kMs, 30 * kMs, 40 * kMs}));
  CHECK_EQ(bench.sizes, (std::vector<size_t>{1, 2, 1, 1, 1}));
  CHECK_EQ(bench.indices, (std::vector<QuerySampleIndex>{1000, 1001, 1002, 1003, 1004, 1005}));
  CHECK_EQ(bench.Measure().sample_latency_ns,
           (Times{5 * kMs, 9 * kMs, 5 * kMs, 10 * kMs - 1, 5 * kMs, 5 * kMs}));
}

// The first lane has one query more than the others: there is room for it in the call.
TEST(server_coalesces_the_longer_lane) {
  EffectiveSettings settings = Settings(TestScenario::Server);
  settings.server_coalesce_queries = true;
  Series series(MakePlan(7, 1, Times(7, 0)), schedule::SeriesMode::kPerformance, 3, 0, false, false,
                2);
  fakes::FakeClock clock;
  fakes::FakeSut sut;
  std::vector<QuerySampleIndex> indices;
  sut.issue = [&](const fakes::Samples& samples) {
    for (const QuerySample& sample : samples) indices.push_back(sample.index);
  };
  Target target(sut, 7);
  series.start_ns = clock.NowNs();
  for (const uint64_t lane : {0, 1}) IssueLane(series, lane, settings, target, clock, {});
  CHECK_EQ(indices, (std::vector<QuerySampleIndex>{1000, 1002, 1004, 1006, 1001, 1003, 1005}));
}

TEST(a_lane_spins_as_long_as_asked_for) {
  for (const int spin_us : {0, 100, 300}) {
    EffectiveSettings settings = Settings(TestScenario::Server);
    settings.server_spin_us = spin_us;
    Series series(MakePlan(4, 1, {kMs, 2 * kMs, 3 * kMs, 4 * kMs}),
                  schedule::SeriesMode::kPerformance, 3, 0, false, false, 2);
    fakes::FakeClock clock;
    fakes::FakeSut sut;
    Target target(sut, 1);
    series.start_ns = clock.NowNs();
    IssueLane(series, 1, settings, target, clock, {});
    CHECK_EQ(clock.spun_ns(), 2 * spin_us * kUs);
  }
}

TEST(offline_is_one_query_at_once) {
  EffectiveSettings settings = Settings(TestScenario::Offline);
  Bench bench(settings, MakePlan(1, 32));
  bench.respond = [&](const auto& samples) { bench.Later(samples, kSecond); };
  const IssueEnd end = bench.Run();
  CHECK(end.kind == Kind::kNaturally);
  CHECK_EQ(bench.calls, (Times{0}));
  CHECK_EQ(bench.sizes, (std::vector<size_t>{32}));
  CHECK_EQ(bench.Measure().sample_latency_ns, (Times(32, kSecond)));
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
  CHECK_EQ(bench.series.gate.Count(), 3u);  // waited for, all the same
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
      if (bench.calls.size() == 5) bench.series.gate.Interrupt();
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
    bench.clock.At(bench.clock.NowNs() + 10 * kUs, [&] { bench.series.gate.Interrupt(); });
  };
  CHECK(bench.Run().kind == Kind::kInterrupted);
}

TEST(server_is_interrupted_while_it_waits_for_the_time) {
  Bench bench(Settings(TestScenario::Server), MakePlan(2, 1, {0, 3600 * kSecond}));
  bench.respond = [&](const auto& samples) {
    bench.Block(samples, 1);
    bench.clock.At(bench.clock.NowNs() + kSecond, [&] { bench.series.gate.Interrupt(); });
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

TEST(polls_a_few_times_a_second) {
  EffectiveSettings settings = Settings(TestScenario::SingleStream);
  settings.min_query_count = 100;
  Bench bench(settings, MakePlan(100));
  int polls = 0;
  bench.poll = [&] { ++polls; };
  bench.respond = [&](const auto& samples) { bench.Block(samples, 100 * kMs); };
  CHECK(bench.Run().kind == Kind::kNaturally);
  CHECK(polls >= 20 && polls <= 60);

  Bench server(Settings(TestScenario::Server), MakePlan(2, 1, {0, 10 * kSecond}));
  polls = 0;
  server.poll = [&] { ++polls; };
  server.respond = [&](const auto& samples) { server.Block(samples, 1); };
  CHECK(server.Run().kind == Kind::kDone);
  CHECK(polls >= 20 && polls <= 60);
}

TEST(a_lane_polls_a_few_times_a_second) {
  const EffectiveSettings settings = Settings(TestScenario::Server);
  Series series(MakePlan(2, 1, {0, 10 * kSecond}), schedule::SeriesMode::kPerformance, 3, 0, false,
                false, 2);
  fakes::FakeClock clock;
  fakes::FakeSut sut;
  Target target(sut, 1);
  int polls = 0;
  series.start_ns = clock.NowNs();
  IssueLane(series, 1, settings, target, clock, [&] { ++polls; });
  CHECK(polls >= 20 && polls <= 60);
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

TEST(calls_are_recorded_for_the_trace) {
  EffectiveSettings settings = Settings(TestScenario::SingleStream);
  settings.min_query_count = 2;
  Bench bench(settings, MakePlan(5), schedule::SeriesMode::kPerformance, true);
  bench.respond = [&](const auto& samples) { bench.Block(samples, 3 * kMs); };
  bench.Run();
  CHECK_EQ(bench.series.issue_calls.size(), 2u);
  CHECK_EQ(bench.series.issue_calls[1].begin_ns, 3 * kMs);
  CHECK_EQ(bench.series.issue_calls[1].duration_ns, 3 * kMs);
}

namespace {

class ArraySut : public ArraySystemUnderTest {
 public:
  explicit ArraySut(std::function<void(const SampleSpan&)> issue) : issue_(std::move(issue)) {}
  const std::string& Name() override { return name_; }
  void IssueSamples(const SampleSpan& samples) override { issue_(samples); }
  void FlushQueries() override {}

 private:
  std::string name_ = "arrays";
  std::function<void(const SampleSpan&)> issue_;
};

}  // namespace

TEST(arrays_stay_valid_while_held) {
  auto series = std::make_unique<Series>(MakePlan(1, 3), schedule::SeriesMode::kPerformance, 3, 0,
                                         false, false);
  SampleSpan kept;
  ArraySut sut([&](const SampleSpan& samples) {
    kept = samples;
    for (size_t i = 0; i < samples.size; ++i) {
      series->slots.Complete(track::PlaceOf(samples.id(i)), 1);
    }
    series->gate.Add(samples.size);
  });
  Target target(sut, 3);
  fakes::FakeClock clock;
  CHECK(Issue(*series, Settings(TestScenario::Offline), target, clock, {}, {}).kind ==
        Kind::kNaturally);
  series.reset();
  CHECK_EQ(kept.size, 3u);
  CHECK_EQ(kept.indices[2], 1002u);
}

TEST(array_sut_called_with_objects) {
  std::vector<QuerySample> seen;
  ArraySut sut([&](const SampleSpan& samples) {
    CHECK_EQ(samples.size, 1u);
    seen.push_back({samples.id(0), samples.indices[0]});
  });
  SystemUnderTest& plain = sut;
  plain.IssueQuery({{11, 1}, {15, 2}});
  CHECK_EQ(seen.size(), 2u);
  CHECK_EQ(seen[1].id, 15u);
  CHECK_EQ(seen[1].index, 2u);
}
