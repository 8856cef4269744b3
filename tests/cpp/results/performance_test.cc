#include "results/performance.h"

#include <cmath>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

#include "check.h"
#include "results/result_entries.h"
#include "results/summary_text.h"

using namespace mlperf;
using namespace mlperf::results;

namespace {

constexpr int64_t kMs = 1'000'000;
constexpr int64_t kSecond = 1'000 * kMs;

// A run of n single-sample queries, 1 ms apart, with latencies 1 ms, 2 ms ... n ms.
track::Measurements Steady(int64_t n) {
  track::Measurements measured;
  measured.queries_issued = measured.samples_issued = static_cast<uint64_t>(n);
  for (int64_t i = 1; i <= n; ++i) measured.sample_latency_ns.push_back(i * kMs);
  measured.final_scheduled_ns = (n - 1) * kMs;
  measured.final_issued_ns = measured.final_scheduled_ns + 100;
  measured.final_all_done_ns = measured.final_scheduled_ns + n * kMs;
  measured.last_completion_ns = measured.final_all_done_ns + kMs;
  return measured;
}

EffectiveSettings Settings(TestScenario scenario) {
  EffectiveSettings settings;
  settings.scenario = scenario;
  settings.target_latency_percentile = 0.9;
  settings.target_latency_ns = kSecond;
  settings.ttft_latency_ns = settings.tpot_latency_ns = kSecond;
  return settings;
}

Report Run(const EffectiveSettings& settings, track::Measurements measured,
           const std::vector<std::string>& faults = {}) {
  Report report;
  report.settings = settings;
  FillPerformance(std::move(measured), faults, &report);
  return report;
}

bool Near(double actual, double expected) {
  return std::abs(actual - expected) <= 1e-12 * std::abs(expected);
}

constexpr TestScenario kScenarios[] = {TestScenario::SingleStream, TestScenario::MultiStream,
                                       TestScenario::Server, TestScenario::Offline};

}  // namespace

TEST(single_stream_figures) {
  const Report report = Run(Settings(TestScenario::SingleStream), Steady(100));
  CHECK(report.valid);
  CHECK(report.recommendations.empty());
  CHECK_EQ(report.sample_count, 100u);
  CHECK_EQ(report.latency_ns.mean, 50 * kMs + kMs / 2);
  CHECK_EQ(report.latency_at_target_percentile_ns, 91 * kMs);
  CHECK(Near(report.qps_with_loadgen_overhead, 99 / 0.0990001));
  CHECK(Near(report.qps_without_loadgen_overhead, 1 / 0.0505));
  CHECK(Near(report.duration_seconds, 0.2));
  CHECK(Near(report.samples_per_second, 500));
  CHECK_EQ(report.early_stopping.estimate_ns.value_or(0), 98 * kMs);
  CHECK(!report.overlatency_query_count);
  CHECK_EQ(report.latencies_ns.size(), 100u);
  CHECK_EQ(report.latencies_ns.front(), kMs);
}

TEST(multi_stream_judges_queries) {
  track::Measurements measured = Steady(200);
  measured.samples_per_query = 2;
  measured.queries_issued = 100;
  for (int64_t i = 1; i <= 100; ++i) measured.query_latency_ns.push_back(2 * i * kMs);
  const Report report = Run(Settings(TestScenario::MultiStream), measured);
  CHECK(report.valid);
  CHECK_EQ(report.latency_at_target_percentile_ns, 182 * kMs);
  CHECK_EQ(report.query_latency_ns.min, 2 * kMs);
  CHECK_EQ(report.latency_ns.min, kMs);
  CHECK_EQ(report.early_stopping.estimate_ns.value_or(0), 196 * kMs);
  CHECK(!report.early_stopping.estimate_p99_ns);
  CHECK_EQ(report.query_latencies_ns.size(), 100u);
}

TEST(server_figures) {
  EffectiveSettings settings = Settings(TestScenario::Server);
  settings.target_latency_ns = 95 * kMs;
  settings.infer_token_latencies = true;
  settings.token_latency_scaling_factor = 69;
  const Report report = Run(settings, Steady(100));
  CHECK(Near(report.completed_samples_per_second, 99 / 0.199));
  CHECK(Near(report.scheduled_samples_per_second, 99 / 0.099));
  CHECK(Near(report.samples_per_second, report.completed_samples_per_second));
  CHECK(Near(report.inferred_tokens_per_second, 69 * 99 / 0.199));
  CHECK_EQ(report.overlatency_query_count.value_or(0), 5u);
  CHECK(report.performance_constraints_met);
  CHECK(!report.early_stopping_met);
  CHECK(!report.valid);
  CHECK(report.recommendations.empty());
}

// A latency equal to the target is within it.
TEST(server_limit_is_inclusive) {
  EffectiveSettings settings = Settings(TestScenario::Server);
  settings.target_latency_ns = 91 * kMs;
  CHECK(Run(settings, Steady(100)).performance_constraints_met);
  settings.target_latency_ns -= 1;
  const Report late = Run(settings, Steady(100));
  CHECK(!late.performance_constraints_met);
  CHECK_EQ(late.recommendations, std::vector<std::string>{"Reduce target QPS to improve latency."});
}

TEST(offline_figures) {
  track::Measurements measured = Steady(100);
  measured.queries_issued = 1;
  EffectiveSettings settings = Settings(TestScenario::Offline);
  settings.infer_token_latencies = true;
  settings.token_latency_scaling_factor = 3;
  const Report report = Run(settings, measured);
  CHECK(report.valid);
  CHECK(report.early_stopping.text.empty());
  CHECK(Near(report.samples_per_second, 1000));
  CHECK(Near(report.inferred_tokens_per_second, 3000));
}

// Each scenario judges a span of its own.
TEST(min_duration) {
  for (const TestScenario scenario : kScenarios) {
    track::Measurements measured = Steady(100);
    int64_t* span = &measured.final_issued_ns;
    if (scenario == TestScenario::Server) span = &measured.final_scheduled_ns;
    if (scenario == TestScenario::Offline) span = &measured.sample_latency_ns[50];
    EffectiveSettings settings = Settings(scenario);
    settings.min_duration_ms = 10000;
    *span = 10 * kSecond;
    CHECK(Run(settings, measured).min_duration_met);
    *span -= 1;
    const Report shorter = Run(settings, measured);
    CHECK(!shorter.min_duration_met);
    CHECK(!shorter.valid);
    CHECK_EQ(shorter.recommendations.size(), 1u);
  }
  EffectiveSettings settings = Settings(TestScenario::SingleStream);
  settings.min_duration_ms = INT64_MAX;
  CHECK(!Run(settings, Steady(100)).min_duration_met);
}

TEST(min_queries_counts_queries_and_samples) {
  EffectiveSettings settings = Settings(TestScenario::SingleStream);
  settings.min_query_count = settings.min_sample_count = 100;
  CHECK(Run(settings, Steady(100)).valid);
  settings.min_query_count = 101;
  CHECK(!Run(settings, Steady(100)).min_queries_met);
  settings.min_query_count = 100;
  settings.min_sample_count = 101;
  const Report report = Run(settings, Steady(100));
  CHECK(!report.min_queries_met);
  CHECK(!report.valid);
}

TEST(token_figures) {
  track::Measurements measured = Steady(100);
  measured.ttft_ns.assign(100, kMs / 2);
  measured.n_tokens.assign(100, 11);
  measured.n_tokens[99] = 1;
  measured.n_tokens[98] = 0;
  EffectiveSettings settings = Settings(TestScenario::SingleStream);
  settings.use_token_latencies = true;
  const Report report = Run(settings, measured);
  CHECK(report.valid);
  CHECK(report.tokens.has_value());
  const TokenReport& tokens = *report.tokens;
  CHECK_EQ(tokens.token_count, 98 * 11 + 1);
  CHECK_EQ(report.ttft_latencies_ns.size(), 100u);
  CHECK_EQ(report.tpot_latencies_ns[0], kMs / 20);
  CHECK_EQ(report.tpot_latencies_ns[97], (98 * kMs - kMs / 2) / 10);
  CHECK_EQ(report.tpot_latencies_ns[98], -1);  // no tokens and one token: nothing to time
  CHECK_EQ(report.tpot_latencies_ns[99], -1);
  CHECK_EQ(tokens.tpot_sample_count, 98u);
  CHECK_EQ(tokens.tpot_ns.min, kMs / 20);
  CHECK_EQ(tokens.tpot_at_target_percentile_ns, report.tpot_latencies_ns[88]);  // 98 * 0.9
  CHECK_EQ(tokens.ttft_at_target_percentile_ns, kMs / 2);
  CHECK_EQ(tokens.tpot_ns.max, report.tpot_latencies_ns[97]);
  CHECK(Near(tokens.tokens_per_second, 1079 / 0.199));
  CHECK(Near(tokens.tps_with_loadgen_overhead, 1079 / 0.0990001));
  CHECK(Near(tokens.tps_without_loadgen_overhead, 1079 / 5.05));
  CHECK_EQ(report.early_stopping.estimate_ns.value_or(0), kMs / 2);
  CHECK(report.early_stopping.met);
}

// Server judges both token latencies, and not that of the whole sample.
TEST(token_limits) {
  track::Measurements measured = Steady(100);
  measured.ttft_ns.assign(100, kMs);
  measured.n_tokens.assign(100, 2);
  EffectiveSettings settings = Settings(TestScenario::Server);
  settings.use_token_latencies = true;
  settings.target_latency_ns = 0;
  settings.ttft_latency_ns = kMs;
  settings.tpot_latency_ns = 90 * kMs;
  CHECK(Run(settings, measured).performance_constraints_met);
  settings.ttft_latency_ns = kMs - 1;
  Report report = Run(settings, measured);
  CHECK_EQ(
      report.recommendations,
      std::vector<std::string>{"TTFT constrain not met: Reduce target QPS to improve latency."});
  CHECK(!report.tokens->ttft_early_stopping.met);
  settings.tpot_latency_ns = 90 * kMs - 1;
  report = Run(settings, measured);
  CHECK(!report.performance_constraints_met);
  CHECK_EQ(report.recommendations.size(), 1u);
  CHECK(!report.tokens->tpot_early_stopping.met);
}

// Met only when both are.
TEST(token_early_stopping) {
  track::Measurements measured = Steady(100);
  measured.ttft_ns.assign(100, kMs);
  measured.n_tokens.assign(100, 2);
  EffectiveSettings settings = Settings(TestScenario::Server);
  settings.use_token_latencies = true;
  CHECK(Run(settings, measured).early_stopping_met);
  EffectiveSettings late = settings;
  late.ttft_latency_ns = 0;
  CHECK(!Run(late, measured).early_stopping_met);
  late = settings;
  late.tpot_latency_ns = 0;
  CHECK(!Run(late, measured).early_stopping_met);
}

TEST(offline_needs_no_first_token) {
  track::Measurements measured = Steady(10);
  measured.ttft_ns.assign(10, 0);
  measured.n_tokens.assign(10, 5);
  EffectiveSettings settings = Settings(TestScenario::Offline);
  settings.use_token_latencies = true;
  const Report report = Run(settings, measured);
  CHECK(report.valid);
  CHECK(Near(report.tokens->tokens_per_second, 50 / 0.010));
}

// Whatever a SUT reports, the numbers stay defined.
TEST(absurd_tokens) {
  track::Measurements measured = Steady(100);
  measured.ttft_ns.assign(100, kSecond);  // after the completion
  measured.n_tokens.assign(100, INT64_MAX);
  EffectiveSettings settings = Settings(TestScenario::SingleStream);
  settings.use_token_latencies = true;
  const Report report = Run(settings, measured);
  CHECK_EQ(report.tpot_latencies_ns, std::vector<int64_t>(100, 0));
  CHECK_EQ(report.tokens->token_count, INT64_MAX);
}

// Nobody has a time per output token: no limit of it is kept, and it is said.
TEST(one_token_a_sample) {
  for (const TestScenario scenario : kScenarios) {
    track::Measurements measured = Steady(1000);
    measured.ttft_ns.assign(1000, kMs / 2);
    measured.n_tokens.assign(1000, 1);
    if (scenario == TestScenario::MultiStream) measured.query_latency_ns.assign(1000, kMs);
    EffectiveSettings settings = Settings(scenario);
    settings.use_token_latencies = true;
    const Report report = Run(settings, measured);
    CHECK_EQ(report.tokens->tpot_sample_count, 0u);
    CHECK_EQ(report.tokens->tpot_ns.max, 0);
    CHECK_EQ(report.tokens->token_count, 1000);
    CHECK_EQ(report.valid, scenario == TestScenario::Offline);
    const std::string reasons = report.recommendations.empty() ? "" : report.recommendations[0];
    CHECK_EQ(reasons.starts_with("No sample has a time per output token"), !report.valid);
  }
}

// Early stopping counts what is over a limit; a latency equal to it is within.
TEST(early_stopping_limits_are_inclusive) {
  track::Measurements measured = Steady(459);
  measured.ttft_ns.assign(459, 7 * kMs);
  measured.n_tokens.assign(459, 2);
  measured.sample_latency_ns.assign(459, 16 * kMs);
  EffectiveSettings settings = Settings(TestScenario::Server);
  settings.target_latency_percentile = 0.99;
  settings.target_latency_ns = 16 * kMs;
  CHECK(Run(settings, measured).valid);
  settings.target_latency_ns -= 1;
  CHECK_EQ(Run(settings, measured).overlatency_query_count.value_or(0), 459u);
  settings.use_token_latencies = true;
  settings.ttft_latency_ns = 7 * kMs;
  settings.tpot_latency_ns = 9 * kMs;
  CHECK(Run(settings, measured).valid);
  settings.ttft_latency_ns -= 1;
  CHECK(!Run(settings, measured).tokens->ttft_early_stopping.met);
  settings.ttft_latency_ns += 1;
  settings.tpot_latency_ns -= 1;
  CHECK(!Run(settings, measured).tokens->tpot_early_stopping.met);
}

TEST(token_arrays_must_match_the_samples) {
  EffectiveSettings settings = Settings(TestScenario::Offline);
  settings.use_token_latencies = true;
  CHECK_THROWS(Run(settings, Steady(3)), std::logic_error, "token");
}

// A run ended before anything was issued: every number finite, every text there.
TEST(nothing_measured) {
  for (const TestScenario scenario : kScenarios) {
    for (const bool tokens : {false, true}) {
      EffectiveSettings settings = Settings(scenario);
      settings.use_token_latencies = tokens;
      settings.infer_token_latencies = true;
      settings.token_latency_scaling_factor = 5;
      Report report;
      report.settings = settings;
      report.complete = false;
      FillPerformance({}, {}, &report);
      CHECK(!report.valid);
      CHECK(!report.performance_constraints_met);
      CHECK(!report.min_duration_met);
      CHECK(!report.min_queries_met);
      const std::string summary = SummaryText(report);
      CHECK(summary.find("Result is : INVALID\n") != std::string::npos);
      CHECK(summary.find("nan") == std::string::npos);
      CHECK(summary.find("inf)") == std::string::npos);
      CHECK(summary.find(": inf") == std::string::npos);
      for (const base::Entry& entry : ResultEntries(report)) {
        CHECK(entry.json != "nan" && entry.json != "-nan" && entry.json != "inf");
      }
    }
  }
}

// One query spans no interval: 0, where a plain division would give 0 / 0.
TEST(one_server_query) {
  const Report report = Run(Settings(TestScenario::Server), Steady(1));
  CHECK_EQ(report.scheduled_samples_per_second, 0.0);
  CHECK_EQ(report.completed_samples_per_second, 0.0);
}

TEST(an_incomplete_run_is_invalid) {
  Report report;
  report.settings = Settings(TestScenario::Offline);
  report.complete = false;
  report.end_reason = "AbortTest was called.";
  report.settings.min_duration_ms = 1000;
  report.settings.min_query_count = 1000;
  track::Measurements measured = Steady(10);
  measured.missing_samples = 3;
  FillPerformance(measured, {}, &report);
  CHECK(!report.valid);
  CHECK(!report.min_duration_met);  // what follows from an abort is not advice
  CHECK_EQ(report.missing_samples, 3u);
  CHECK_EQ(report.recommendations, (std::vector<std::string>{
                                       "The test did not run to its end: AbortTest was called.",
                                       "3 issued samples were never completed.",
                                   }));
}

TEST(faults_are_reasons) {
  const Report report = Run(Settings(TestScenario::Offline), Steady(10),
                            {"2 completions had an unknown id.", "Disk full."});
  CHECK(!report.valid);
  CHECK_EQ(report.recommendations.size(), 2u);
  for (const base::Entry& entry : ResultEntries(report)) {
    if (entry.key == "result_validity") CHECK_EQ(entry.json, "\"INVALID\"");
    if (entry.key == "result_invalid_reason") {
      CHECK_EQ(entry.json, "\"2 completions had an unknown id. Disk full. \"");
    }
  }
}

TEST(no_performance_run_no_entries) {
  CHECK(ResultEntries(Report()).empty());
  CHECK_EQ(SummaryText(Report()), "");
}
