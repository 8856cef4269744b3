// Settings that are refused before a test, and those that draw a warning.

#include "check.h"

#include <limits>
#include <string>

#include "mlperf_loadgen/errors.h"
#include "settings/check.h"

using mlperf::SettingsError;
using mlperf::TestMode;
using mlperf::TestScenario;
using mlperf::TestSettings;
using mlperf::settings::Check;

namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

TestSettings Of(TestScenario scenario) {
  TestSettings s;
  s.scenario = scenario;
  return s;
}

// What Check says; empty when it is content.
std::string Problems(const TestSettings& s, uint64_t total = 40, uint64_t performance = 20) {
  try {
    Check(s, total, performance);
  } catch (const SettingsError& error) {
    return error.what();
  }
  return {};
}

std::string With(TestScenario scenario, double TestSettings::* member, double value) {
  TestSettings s = Of(scenario);
  s.*member = value;
  return Problems(s);
}

std::string With(TestScenario scenario, uint64_t TestSettings::* member, uint64_t value) {
  TestSettings s = Of(scenario);
  s.*member = value;
  return Problems(s);
}

}  // namespace

TEST(issue_threads_have_a_limit) {
  const auto problems = [](TestScenario scenario, uint64_t threads) {
    return With(scenario, &TestSettings::server_num_issue_query_threads, threads);
  };
  CHECK_EQ(problems(TestScenario::Server, 1024), "");
  CHECK_EQ(problems(TestScenario::Server, 1025),
           "server_num_issue_query_threads = 1025: must be at most 1024");
  CHECK_EQ(problems(TestScenario::Offline, 1025), "");
}

TEST(defaults_pass) {
  for (const TestScenario scenario : {TestScenario::SingleStream, TestScenario::MultiStream,
                                      TestScenario::Server, TestScenario::Offline}) {
    CHECK_EQ(Problems(Of(scenario)), "");
    CHECK_EQ(Problems(Of(scenario), 1, 1000), "");
  }
}

TEST(rates_and_expected_latencies_are_finite_and_above_zero) {
  for (const double bad : {0.0, -1.0, kNan, kInfinity, -kInfinity}) {
    CHECK(!With(TestScenario::Server, &TestSettings::server_target_qps, bad).empty());
    CHECK(!With(TestScenario::Offline, &TestSettings::offline_expected_qps, bad).empty());
    CHECK(!With(TestScenario::SingleStream, &TestSettings::single_stream_expected_latency_ns, bad)
               .empty());
    CHECK(!With(TestScenario::MultiStream, &TestSettings::multi_stream_expected_latency_ns, bad)
               .empty());
    CHECK(!With(TestScenario::Server, &TestSettings::server_find_peak_qps_boundary_step_size, bad)
               .empty());
  }
  CHECK_EQ(With(TestScenario::Server, &TestSettings::server_target_qps, kNan),
           "server_target_qps = nan: must be a finite number above 0");
  CHECK_EQ(With(TestScenario::Server, &TestSettings::server_target_qps, 1e-9), "");
}

TEST(percentiles_are_inside_zero_to_one) {
  for (const double bad : {0.0, 1.0, 99.0, -0.5, kNan}) {
    CHECK(
        !With(TestScenario::Server, &TestSettings::server_target_latency_percentile, bad).empty());
    CHECK(!With(TestScenario::SingleStream, &TestSettings::single_stream_target_latency_percentile,
                bad)
               .empty());
    CHECK(
        !With(TestScenario::MultiStream, &TestSettings::multi_stream_target_latency_percentile, bad)
             .empty());
  }
  CHECK_EQ(With(TestScenario::Server, &TestSettings::server_target_latency_percentile, 99),
           "server_target_latency_percentile = 99: must be above 0 and below 1");
}

TEST(fields_of_other_scenarios_are_not_looked_at) {
  TestSettings s = Of(TestScenario::SingleStream);
  s.server_target_qps = kNan;
  s.server_target_latency_percentile = 7;
  s.offline_expected_qps = 0;
  s.multi_stream_samples_per_query = 0;
  s.server_find_peak_qps_decimals_of_precision = -1;
  s.server_ttft_latency = ~uint64_t{0};
  CHECK_EQ(Problems(s), "");
  s.use_token_latencies = true;
  CHECK(!Problems(s).empty());
}

TEST(counts_and_ranges) {
  CHECK_EQ(With(TestScenario::MultiStream, &TestSettings::multi_stream_samples_per_query, 0),
           "multi_stream_samples_per_query = 0: must be at least 1");
  CHECK_EQ(With(TestScenario::Offline, &TestSettings::accuracy_log_probability, 1.5),
           "accuracy_log_probability = 1.5: must be from 0 to 1");
  CHECK_EQ(With(TestScenario::Offline, &TestSettings::accuracy_log_probability, 1), "");
  TestSettings s = Of(TestScenario::Server);
  s.server_find_peak_qps_decimals_of_precision = -1;
  CHECK_EQ(Problems(s), "server_find_peak_qps_decimals_of_precision = -1: must be from 0 to 9");
}

TEST(times_fit_64_bit_nanoseconds) {
  CHECK_EQ(With(TestScenario::Server, &TestSettings::min_duration_ms, 9223372036854), "");
  CHECK_EQ(With(TestScenario::Server, &TestSettings::min_duration_ms, 9223372036855),
           "min_duration_ms = 9223372036855: must be at most 9223372036854");
  CHECK_EQ(With(TestScenario::Server, &TestSettings::server_target_latency_ns, ~uint64_t{0}),
           "server_target_latency_ns = 18446744073709551615: must be at most 9223372036854775807");
  CHECK_EQ(With(TestScenario::Server, &TestSettings::server_target_latency_ns, 0), "");
}

TEST(the_library_has_samples) {
  CHECK_EQ(Problems(TestSettings(), 0, 0),
           "the sample library's TotalSampleCount = 0: must be at least 1\n"
           "the sample library's PerformanceSampleCount = 0: must be at least 1");
}

TEST(the_one_sample_is_a_loaded_one) {
  TestSettings s;
  s.performance_issue_same_index = 20;
  CHECK_EQ(Problems(s), "");
  s.performance_issue_same = true;
  CHECK_EQ(Problems(s),
           "performance_issue_same_index = 20: must be below the number of loaded samples, 20");
  s.performance_sample_count_override = 21;
  CHECK_EQ(Problems(s), "");
  s.performance_sample_count_override = 100;  // more than there are
  s.performance_issue_same_index = 40;
  CHECK(!Problems(s).empty());
}

TEST(same_and_unique_exclude_each_other) {
  TestSettings s;
  s.performance_issue_same = true;
  CHECK_EQ(Problems(s), "");
  s.performance_issue_unique = true;
  CHECK_EQ(Problems(s),
           "performance_issue_same = true: must be false when performance_issue_unique is true");
}

TEST(peak_search_is_for_scenarios_with_a_constraint) {
  TestSettings s = Of(TestScenario::Server);
  s.mode = TestMode::FindPeakPerformance;
  CHECK_EQ(Problems(s), "");
  s.scenario = TestScenario::MultiStreamFixedInterval;
  CHECK_EQ(Problems(s), "");
  s.scenario = TestScenario::Offline;
  CHECK_EQ(Problems(s),
           "scenario = Offline: must be Server or MultiStreamFixedInterval when mode is "
           "FindPeakPerformance");
}

TEST(a_fixed_interval_has_a_rate_and_queries) {
  TestSettings s = Of(TestScenario::MultiStreamFixedInterval);
  CHECK_EQ(Problems(s), "");
  s.multi_stream_interval_target_qps = 0;
  s.multi_stream_interval_target_latency_percentile = 1;
  s.multi_stream_interval_samples_per_query = 0;
  s.multi_stream_interval_max_async_queries = 0;
  CHECK_EQ(Problems(s),
           "multi_stream_interval_target_qps = 0: must be a finite number above 0\n"
           "multi_stream_interval_target_latency_percentile = 1: must be above 0 and below 1\n"
           "multi_stream_interval_samples_per_query = 0: must be at least 1\n"
           "multi_stream_interval_max_async_queries = 0: must be at least 1");
  s.scenario = TestScenario::MultiStream;
  CHECK_EQ(Problems(s), "");
}

TEST(something_must_be_issued) {
  TestSettings s;
  s.min_query_count = 0;
  CHECK_EQ(Problems(s), "");
  s.min_duration_ms = 0;
  CHECK_EQ(Problems(s), "min_query_count = 0: must be at least 1 when min_duration_ms is 0");
  s.mode = TestMode::AccuracyOnly;
  CHECK_EQ(Problems(s), "");
}

TEST(all_problems_come_together) {
  TestSettings s = Of(TestScenario::Server);
  s.server_target_qps = -1;
  s.server_target_latency_percentile = 0;
  s.performance_issue_same = s.performance_issue_unique = true;
  CHECK_EQ(Problems(s, 0),
           "server_target_qps = -1: must be a finite number above 0\n"
           "server_target_latency_percentile = 0: must be above 0 and below 1\n"
           "the sample library's TotalSampleCount = 0: must be at least 1\n"
           "performance_issue_same = true: must be false when performance_issue_unique is true\n"
           "performance_issue_same_index = 0: must be below the number of loaded samples, 0");
}

TEST(limits_below_their_minimum_draw_a_warning) {
  TestSettings s = Of(TestScenario::Server);
  CHECK(mlperf::settings::Warnings(s).empty());
  s.max_duration_ms = s.min_duration_ms;
  s.max_query_count = s.min_query_count;
  CHECK(mlperf::settings::Warnings(s).empty());
  s.max_duration_ms = 5000;
  s.max_query_count = 10;
  const auto entries = mlperf::settings::Warnings(s);
  CHECK_EQ(Problems(s), "");
  CHECK_EQ(entries.size(), size_t{2});
  CHECK_EQ(entries[0].json,
           "\"max_duration_ms = 5000 is below min_duration_ms = 10000: the result will be "
           "INVALID\"");
  CHECK(entries[0].severity == mlperf::base::Severity::kWarning);
  CHECK_EQ(entries[1].json,
           "\"max_query_count = 10 is below min_query_count = 100: the result will be INVALID\"");
  s.scenario = TestScenario::Offline;  // one query, however many samples
  CHECK_EQ(mlperf::settings::Warnings(s).size(), size_t{1});
  s.mode = TestMode::AccuracyOnly;
  CHECK(mlperf::settings::Warnings(s).empty());
}

// C++ and Python make an enumerator of any number.
TEST(choices_are_those_there_are) {
  for (const int number : {-1, 5, 32, 99}) {
    TestSettings s;
    s.scenario = static_cast<TestScenario>(number);
    CHECK_EQ(Problems(s), "scenario = " + std::to_string(number) +
                              ": must be SingleStream, MultiStream, Server, Offline or "
                              "MultiStreamFixedInterval");
    s = {};
    s.mode = static_cast<TestMode>(number);
    CHECK_EQ(Problems(s), "mode = " + std::to_string(number) +
                              ": must be SubmissionRun, AccuracyOnly, PerformanceOnly or "
                              "FindPeakPerformance");
    mlperf::LogSettings logs;
    logs.log_mode = static_cast<mlperf::LoggingMode>(number);
    CHECK_THROWS(Check(logs), SettingsError, "log_mode = " + std::to_string(number) + ": must be");
  }
}
