// MultiStreamFixedInterval from its settings to its report: ticks, skipped intervals, the verdict,
// the search for the most samples of a query.

#include <algorithm>
#include <string>
#include <vector>

#include "check.h"
#include "rig.h"
#include "run/peak_search.h"

using namespace mlperf;
using fakes::kMs;
using fakes::kSecond;
using fakes::kUs;
using fakes::Samples;
using Times = std::vector<int64_t>;

namespace {

constexpr const char* kAdvice = "Reduce samples per query to skip fewer intervals.";

// A tick every 10 ms; the SUT keeps the issuing thread while it works.
struct Bench : rig::Rig {
  explicit Bench(uint64_t queries, TestMode mode = TestMode::PerformanceOnly)
      : Rig(TestScenario::MultiStreamFixedInterval, mode) {
    settings.multi_stream_interval_target_qps = 100;
    settings.min_query_count = queries;
  }

  // How long the SUT takes for each query, in turn; the last for all that follow.
  void Take(const Times& latencies_ns) {
    sut.issue = [this, latencies_ns](const Samples& samples) {
      calls.push_back(clock.NowNs() - kSecond);  // where the clock starts
      sizes.push_back(samples.size());
      Block(samples, latencies_ns[std::min(calls.size(), latencies_ns.size()) - 1]);
    };
  }

  Times calls;
  std::vector<size_t> sizes;
};

// 5 ms for all queries but those of `slow`, which take 12 ms.
Report WithSlowQueries(uint64_t queries, double percentile, const std::vector<size_t>& slow) {
  Bench bench(queries);
  bench.settings.multi_stream_interval_target_latency_percentile = percentile;
  Times latencies(queries, 5 * kMs);
  for (const size_t query : slow) latencies[query] = 12 * kMs;
  bench.Take(latencies);
  return bench.Run();
}

}  // namespace

TEST(queries_go_at_ticks) {
  Bench bench(5);
  bench.Take({3 * kMs, 10 * kMs, 0, 7 * kMs, 1});
  const Report report = bench.Run();
  CHECK_EQ(bench.Failure(), "");
  CHECK_EQ(bench.calls, (Times{0, 10 * kMs, 20 * kMs, 30 * kMs, 40 * kMs}));
  CHECK_EQ(bench.sizes, (std::vector<size_t>(5, 4)));
  CHECK(report.valid);
  CHECK(report.recommendations.empty());
  CHECK_EQ(report.query_latencies_ns, (Times{3 * kMs, 10 * kMs, 0, 7 * kMs, 1}));
  CHECK_EQ(report.query_intervals, Times(5, 1));
  CHECK_EQ(report.skipped_intervals.value_or(9), 0u);
  CHECK_EQ(report.skipping_query_count.value_or(9), 0u);
  CHECK_EQ(report.overlatency_query_count.value_or(9), 0u);
  CHECK_EQ(report.intervals_between_queries.max, 1);
  CHECK_EQ(report.settings.target_latency_ns, 10 * kMs);
  CHECK_EQ(report.error_count, 0u);
}

TEST(a_tick_is_skipped_while_the_query_before_is_out) {
  Bench bench(4);
  bench.Take({15 * kMs, 10 * kMs + 1, 39 * kMs, kMs});
  const Report report = bench.Run();
  CHECK_EQ(bench.calls, (Times{0, 20 * kMs, 40 * kMs, 80 * kMs}));
  CHECK_EQ(report.query_latencies_ns, (Times{15 * kMs, 10 * kMs + 1, 39 * kMs, kMs}));
  CHECK_EQ(report.query_intervals, (Times{2, 2, 4, 1}));
  CHECK_EQ(report.skipped_intervals.value_or(0), 5u);
  CHECK_EQ(report.skipping_query_count.value_or(0), 3u);
  CHECK_EQ(report.overlatency_query_count.value_or(0), 3u);
  CHECK_EQ(report.intervals_between_queries.p50, 2);
  CHECK_EQ(report.intervals_between_queries.max, 4);
  CHECK(!report.valid);
  CHECK(!report.performance_constraints_met);
  CHECK_EQ(report.recommendations, std::vector<std::string>{kAdvice});
}

// A SUT that keeps the thread after it has completed: the tick is not skipped, but its query goes
// late, and its latency counts from the tick.
TEST(a_late_thread_does_not_move_the_ticks) {
  Bench bench(5);
  bench.sut.issue = [&](const Samples& samples) {
    bench.calls.push_back(bench.clock.NowNs() - kSecond);
    bench.Block(samples, 9 * kMs);
    bench.clock.Advance(4 * kMs);
  };
  const Report report = bench.Run();
  CHECK_EQ(bench.calls, (Times{0, 13 * kMs, 30 * kMs, 43 * kMs, 60 * kMs}));
  CHECK_EQ(report.query_latencies_ns, (Times{9 * kMs, 12 * kMs, 9 * kMs, 12 * kMs, 9 * kMs}));
  CHECK_EQ(report.query_intervals, (Times{1, 2, 1, 2, 1}));
}

// The SUT works on the side, 25 us a query, with a tick every 10 us.
TEST(several_queries_may_be_out) {
  const std::vector<Times> expected = {
      {3, 3, 3, 3, 3, 3}, {1, 2, 1, 2, 1, 2}, {1, 1, 1, 1, 1, 1}, {1, 1, 1, 1, 1, 1}};
  for (uint64_t most = 1; most <= 4; ++most) {
    Bench bench(6);
    bench.settings.multi_stream_interval_target_qps = 100'000;
    bench.settings.multi_stream_interval_max_async_queries = most;
    bench.clock.SetTick(50);
    bench.sut.issue = [&](const Samples& samples) { bench.Later(samples, 25 * kUs); };
    const Report report = bench.Run();
    CHECK_EQ(report.query_intervals, expected[most - 1]);
    CHECK_EQ(report.settings.target_latency_ns, static_cast<int64_t>(most) * 10 * kUs);
    CHECK_EQ(report.valid, most >= 3);
    CHECK_EQ(report.overlatency_query_count.value_or(9), most >= 3 ? 0u : 6u);
  }
}

// One query that is out for long leaves room for the others.
TEST(queries_may_overtake_one_another) {
  Bench bench(5);
  bench.settings.multi_stream_interval_target_qps = 100'000;
  bench.settings.multi_stream_interval_max_async_queries = 2;
  bench.clock.SetTick(50);
  size_t issued = 0;
  bench.sut.issue = [&](const Samples& samples) {
    bench.Later(samples, issued++ == 0 ? 35 * kUs : 5 * kUs);
  };
  const Report report = bench.Run();
  CHECK_EQ(report.query_intervals, Times(5, 1));
  CHECK_EQ(report.overlatency_query_count.value_or(9), 1u);
  CHECK(!report.valid);  // within the ticks, but not within the latency
}

TEST(one_percent_may_skip) {
  CHECK(WithSlowQueries(100, 0.99, {}).valid);
  CHECK(WithSlowQueries(100, 0.99, {50}).valid);
  CHECK(!WithSlowQueries(100, 0.99, {50, 52}).valid);
  CHECK(!WithSlowQueries(99, 0.99, {50}).valid);
  CHECK(WithSlowQueries(200, 0.99, {0, 199}).valid);
  CHECK(!WithSlowQueries(200, 0.99, {0, 7, 199}).valid);  // the last counts, like any other
  // 1 - 0.9 is a little below a tenth.
  CHECK(WithSlowQueries(10, 0.9, {5}).valid);
  CHECK(!WithSlowQueries(10, 0.9, {4, 6}).valid);
  CHECK(WithSlowQueries(1000, 0.97, std::vector<size_t>(30, 1)).valid);
  const Report report = WithSlowQueries(100, 0.99, {50, 52});
  CHECK_EQ(report.skipping_query_count.value_or(0), 2u);
  CHECK(report.min_duration_met && report.min_queries_met && report.early_stopping_met);
}

TEST(the_test_lasts_as_long_as_it_must) {
  Bench steady(1);
  steady.settings.min_duration_ms = 95;
  steady.Take({kMs});
  const Report report = steady.Run();
  CHECK_EQ(report.query_count, 11u);
  CHECK(report.valid);
  CHECK_EQ(report.error_count, 0u);
  CHECK_EQ(steady.Values("generated_query_count"), std::vector<std::string>{"11"});
  CHECK_EQ(steady.Values("generated_query_duration"), std::vector<std::string>{"110000000"});

  Bench skipping(1);
  skipping.settings.min_duration_ms = 95;
  skipping.Take({15 * kMs});
  CHECK_EQ(skipping.Run().query_count, 6u);

  Bench counted(7);
  counted.settings.min_duration_ms = 30;
  counted.Take({15 * kMs});
  CHECK_EQ(counted.Run().query_count, 7u);

  Bench limited(7);
  limited.settings.max_query_count = 3;
  limited.Take({kMs});
  const Report cut = limited.Run();
  CHECK_EQ(cut.query_count, 3u);
  CHECK(!cut.valid && !cut.min_queries_met && cut.performance_constraints_met);

  Bench shortened(1);
  shortened.settings.min_duration_ms = 95;
  shortened.settings.max_duration_ms = 50;
  shortened.Take({kMs});
  const Report shorter = shortened.Run();
  CHECK(!shorter.min_duration_met);
  CHECK(shorter.recommendations.at(0).starts_with("Let the test run to its end"));
}

TEST(a_query_that_never_completes) {
  Bench bench(5);
  bench.settings.drain_timeout_ms = 5000;
  bench.sut.issue = [&](const Samples&) { bench.clock.SetTick(kSecond); };
  const Report report = bench.Run();
  CHECK(!report.complete);
  CHECK(bench.Failure().find("4 of 4 issued samples were never completed") != std::string::npos);
  CHECK_EQ(report.query_count, 1u);
}

TEST(accuracy_issues_every_sample) {
  Bench bench(5, TestMode::AccuracyOnly);
  bench.settings.multi_stream_interval_samples_per_query = 5;
  std::vector<int> seen(64);
  bench.sut.issue = [&](const Samples& samples) {
    CHECK_EQ(samples.size(), 5u);
    for (const QuerySample& sample : samples) ++seen[sample.index];
    bench.Block(samples, kMs);
  };
  const Report report = bench.Run();
  CHECK_EQ(bench.Failure(), "");
  CHECK_EQ(report.accuracy_sample_count, 65u);
  CHECK_EQ(std::count(seen.begin(), seen.end(), 0), 0);
}

TEST(what_the_logs_say) {
  Bench bench(100);
  bench.Take({12 * kMs, kMs});
  const Report report = bench.Run();
  const auto entry = [&](const char* key) {
    const auto values = bench.Values(key);
    return values.size() == 1 ? values[0] : "in " + std::to_string(values.size()) + " lines";
  };
  CHECK(report.valid);
  CHECK_EQ(entry("effective_scenario"), "\"MultiStreamFixedInterval\"");
  CHECK_EQ(entry("effective_samples_per_query"), "4");
  CHECK_EQ(entry("effective_max_async_queries"), "1");
  CHECK_EQ(entry("effective_target_latency_ns"), "10000000");
  CHECK_EQ(entry("result_validity"), "\"VALID\"");
  CHECK_EQ(entry("result_perf_constraints_met"), "true");
  CHECK_EQ(entry("result_query_count"), "100");
  CHECK_EQ(entry("result_overlatency_query_count"), "1");
  CHECK_EQ(entry("result_skipped_intervals"), "1");
  CHECK_EQ(entry("result_skipping_query_count"), "1");
  CHECK_EQ(entry("result_97.00_percentile_num_intervals_between_queries"), "1");
  CHECK_EQ(entry("result_99.00_percentile_num_intervals_between_queries"), "2");
  CHECK_EQ(entry("result_max_query_latency_ns"), "12000000");
  CHECK_EQ(entry("result_99.90_percentile_per_query_latency_ns"), "12000000");
  CHECK_EQ(bench.Summary(), fakes::ReadFile(std::string(MLPERF_TESTS_DIR) +
                                            "/golden/run_summary_fixed_interval.txt"));
}

// 1.3 ms a sample: 7 samples fit 10 ms.
TEST(peak_is_the_largest_query_that_passes) {
  for (const uint64_t start : {1, 4, 7, 30}) {
    Bench bench(50, TestMode::FindPeakPerformance);
    bench.settings.multi_stream_interval_samples_per_query = start;
    bench.sut.issue = [&](const Samples& samples) {
      bench.Block(samples, static_cast<int64_t>(samples.size()) * 1300 * kUs);
    };
    const Report report = bench.Run();
    CHECK_EQ(bench.Failure(), "");
    CHECK(report.valid);
    CHECK_EQ(report.settings.samples_per_query, 7u);
    CHECK_EQ(report.settings.min_sample_count, 350u);
    CHECK_EQ(report.sample_count, 350u);
    CHECK_EQ(report.query_latency_ns.max, 9100 * kUs);
    CHECK(bench.Summary().find("\nSamples per query : 7\n") != std::string::npos);
    CHECK_EQ(bench.Values("generic_message").back(), "\"FindPeakPerformance: Found peak: 7\"");
    CHECK_EQ(report.error_count, 0u);
  }
}

TEST(peak_of_a_sut_that_is_too_slow_for_any) {
  Bench bench(50, TestMode::FindPeakPerformance);
  bench.Take({20 * kMs});
  const Report report = bench.Run();
  CHECK(!report.valid);
  CHECK_EQ(report.settings.samples_per_query, 1u);
  CHECK(bench.HasError(kAdvice));
}

TEST(search_of_a_count) {
  for (uint64_t truth = 0; truth <= 40; ++truth) {
    for (uint64_t start = 1; start <= 40; ++start) {
      uint64_t trials = 0;
      run::CountSearch search;
      search.start = start;
      search.limit = 33;
      search.say = [](const std::string&) {};
      search.passes = [&](uint64_t count) {
        CHECK(count >= 1 && count <= 33);
        ++trials;
        return count <= truth;
      };
      const uint64_t found = run::FindPeakCount(search).value_or(0);
      CHECK_EQ(found, std::min<uint64_t>(truth, 33));
      CHECK(trials <= 12);
    }
  }
}
