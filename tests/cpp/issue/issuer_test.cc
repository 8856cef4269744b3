// When queries are issued, and what a SUT is called with.

#include "issue/issuer.h"

#include <memory>
#include <thread>
#include <utility>

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

TEST(single_stream_goes_on_only_after_completion) {
  EffectiveSettings settings = Settings(TestScenario::SingleStream);
  settings.min_query_count = 20;
  Bench bench(settings, MakePlan(50));
  bench.clock.SetTick(kUs);
  bench.respond = [&](const auto& samples) {
    CHECK_EQ(bench.series.completions.Count(), track::PlaceOf(samples[0].id));
    bench.Later(samples, 10 * kUs);
  };
  CHECK(bench.Run().kind == Kind::kNaturally);
  CHECK_EQ(bench.series.completions.Count(), 20u);
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
      bench.series.completions.Add(1);
    }
  });
  bench.clock.SetTick(kUs);
  bench.respond = [&](const auto& samples) { CHECK_EQ(work.exchange(samples[0].id), 0u); };
  const IssueEnd end = bench.Run();
  server.join();
  CHECK(end.kind == Kind::kNaturally);
  CHECK_EQ(bench.series.completions.Count(), 300u);
}

TEST(multi_stream_waits_for_the_whole_query) {
  EffectiveSettings settings = Settings(TestScenario::MultiStream);
  settings.min_query_count = 3;
  Bench bench(settings, MakePlan(10, 4));
  bench.respond = [&](const auto& samples) {
    CHECK_EQ(samples.size(), 4u);
    CHECK_EQ(bench.series.completions.Count() % 4, 0u);
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

// The first thread_state has one query more than the others: there is room for it in the call.
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
  for (const uint64_t thread_state : {0, 1})
    IssueThreadShare(series, thread_state, settings, target, clock, {});
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
    IssueThreadShare(series, 1, settings, target, clock, {});
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
  IssueThreadShare(series, 1, settings, target, clock, [&] { ++polls; });
  CHECK(polls >= 20 && polls <= 60);
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
    series->completions.Add(samples.size);
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
