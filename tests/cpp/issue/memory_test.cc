// Tests that are larger than the memory there is.

#include "base/memory.h"

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <limits>
#include <string>

#ifdef __GLIBC__
#include <malloc.h>
#endif

#include "base/process.h"
#include "check.h"
#include "issue/memory.h"
#include "issue/series.h"
#include "mlperf_loadgen/errors.h"
#include "settings/effective.h"

namespace {

using mlperf::SettingsError;
using mlperf::TestMode;
using mlperf::TestScenario;
using mlperf::TestSettings;

constexpr uint64_t kNoLimit = std::numeric_limits<uint64_t>::max();
constexpr uint64_t kGiB = 1 << 30;
constexpr uint64_t kHuge = uint64_t{1} << 60;

TestSettings Of(TestScenario scenario) {
  TestSettings settings;
  settings.scenario = scenario;
  return settings;
}

void Require(const TestSettings& settings, uint64_t memory, uint64_t total = 1000,
             bool trace = false) {
  mlperf::base::Entries derivation_entries;
  mlperf::issue::RequireMemory(
      mlperf::settings::Derive(settings, total, total, &derivation_entries), total, trace, memory);
}

TEST(ordinary_tests_fit) {
  for (const TestScenario scenario :
       {TestScenario::SingleStream, TestScenario::MultiStream, TestScenario::Server,
        TestScenario::Offline, TestScenario::MultiStreamFixedInterval}) {
    for (const TestMode mode : {TestMode::SubmissionRun, TestMode::AccuracyOnly,
                                TestMode::PerformanceOnly, TestMode::FindPeakPerformance}) {
      TestSettings settings = Of(scenario);
      settings.mode = mode;
      settings.min_duration_ms = 600000;
      Require(settings, kGiB);
    }
  }
}

TEST(a_query_of_server_takes_44_bytes) {
  TestSettings settings = Of(TestScenario::Server);
  settings.min_duration_ms = 0;
  settings.min_query_count = 1000000;
  const uint64_t library = 1000 * 40;
  const uint64_t needed = 44 * settings.min_query_count + library;
  Require(settings, needed * 10 / 9 + 10);
  CHECK_THROWS(Require(settings, needed * 10 / 9 - 10), SettingsError, "min_query_count = 1000000");
  CHECK_THROWS(Require(settings, needed * 10 / 9 + 10, 1000, true), SettingsError, "memory");
  settings.use_token_latencies = true;
  CHECK_THROWS(Require(settings, needed * 10 / 9 + 10), SettingsError, "memory");
}

uint64_t Ample(const TestSettings& settings, uint64_t memory, bool trace = false) {
  mlperf::base::Entries derivation_entries;
  return mlperf::issue::AmpleQueryCount(
      mlperf::settings::Derive(settings, 1000, 1000, &derivation_entries), 1000, trace, memory);
}

TEST(ample_queries_are_as_many_as_no_sut_can_use_up) {
  TestSettings settings = Of(TestScenario::SingleStream);
  settings.min_duration_ms = 1000;
  CHECK_EQ(Ample(settings, kNoLimit), 50'000'000u);
  settings.min_duration_ms = 0;
  CHECK_EQ(Ample(settings, kNoLimit), 0u);
}

TEST(ample_queries_take_half_of_the_memory_at_most) {
  TestSettings settings = Of(TestScenario::SingleStream);
  const uint64_t queries = Ample(settings, kGiB);
  CHECK(queries * 32 <= kGiB / 2);
  CHECK(queries * 32 > kGiB / 2 - kGiB / 100);
  CHECK(Ample(settings, kGiB, true) < queries);
  CHECK(Ample(Of(TestScenario::MultiStream), kGiB) < queries / 4);
  // The test fits with all of them, however slowly they were expected to go.
  for (const double latency_ns : {1e3, 1e6, 1e9, 1e12}) {
    settings.single_stream_expected_latency_ns = latency_ns;
    mlperf::base::Entries derivation_entries;
    mlperf::EffectiveSettings effective =
        mlperf::settings::Derive(settings, 1000, 1000, &derivation_entries);
    effective.ample_query_count = Ample(settings, kGiB);
    mlperf::issue::RequireMemory(effective, 1000, false, kGiB);
  }
}

TEST(ample_queries_are_for_closed_loops_that_keep_no_positions) {
  for (const TestScenario scenario :
       {TestScenario::Server, TestScenario::Offline, TestScenario::MultiStreamFixedInterval}) {
    CHECK_EQ(Ample(Of(scenario), kNoLimit), 0u);
  }
  TestSettings unique = Of(TestScenario::SingleStream);
  unique.performance_issue_unique = true;
  CHECK_EQ(Ample(unique, kNoLimit), 0u);
  TestSettings logged = Of(TestScenario::SingleStream);
  logged.accuracy_log_probability = 0.1;
  CHECK_EQ(Ample(logged, kNoLimit), 0u);
}

#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)

uint64_t Allocated() {
  const struct mallinfo2 info = mallinfo2();
  return info.uordblks + info.hblkhd;
}

// Bytes that a series of a million queries holds while it is issued; its latencies are not there
// yet.
uint64_t BytesOfMillion(TestSettings settings) {
  settings.min_duration_ms = 0;
  settings.min_query_count = 1'000'000;
  settings.server_target_qps = 1000;
  mlperf::base::Entries derivation_entries;
  const mlperf::EffectiveSettings effective =
      mlperf::settings::Derive(settings, 100, 100, &derivation_entries);
  const auto mode = mlperf::schedule::SeriesMode::kPerformance;
  const auto sets = mlperf::schedule::LoadableSets(effective, mode, 100);
  const uint64_t before = Allocated();
  const mlperf::issue::Series series(mlperf::schedule::MakePlan(effective, mode, sets.front()),
                                     mode, 1, 0, settings.use_token_latencies, false);
  return Allocated() - before;
}

TEST(what_is_counted_is_what_is_allocated) {
  const uint64_t million = 1'000'000;
  const uint64_t little = 100'000;
  const auto is_about = [&](uint64_t bytes, uint64_t expected) {
    return bytes >= expected && bytes < expected + little;
  };
  CHECK(is_about(BytesOfMillion(Of(TestScenario::SingleStream)), 20 * million));
  CHECK(is_about(BytesOfMillion(Of(TestScenario::Server)), 28 * million));
  CHECK(is_about(BytesOfMillion(Of(TestScenario::Offline)), 16 * million));
  TestSettings tokens = Of(TestScenario::Server);
  tokens.use_token_latencies = true;
  CHECK(is_about(BytesOfMillion(tokens), 44 * million));
}

#endif

// What a plan keeps does not grow with it.
TEST(a_query_of_a_long_server_test_takes_32_bytes) {
  TestSettings settings = Of(TestScenario::Server);
  settings.min_duration_ms = 0;
  settings.min_query_count = 1'000'000'000;
  settings.server_target_qps = 100000;
  const uint64_t needed = 32 * settings.min_query_count + 12 * mlperf::schedule::kKeptQueries +
                          settings.min_query_count / 64;
  Require(settings, needed / 9 * 10 + 200000);
  CHECK_THROWS(Require(settings, needed / 9 * 10 - 200000), SettingsError, "min_query_count");
}

TEST(what_is_too_large_is_named) {
  TestSettings settings = Of(TestScenario::SingleStream);
  settings.min_query_count = 10'000'000'000'000;
  CHECK_THROWS(Require(settings, 16 * kGiB), SettingsError, "min_query_count = 10000000000000");
  settings.min_query_count = 4'000'000'000;
  CHECK_THROWS(Require(settings, 16 * kGiB), SettingsError, "GiB: must be at most 14.4 GiB");
  CHECK_THROWS(Require(settings, 16 * kGiB), SettingsError, "min_query_count = 4000000000");

  settings = Of(TestScenario::Offline);
  settings.offline_expected_qps = 1e15;
  CHECK_THROWS(Require(settings, 16 * kGiB), SettingsError, "offline_expected_qps");
  settings.offline_expected_qps = 3e8;
  CHECK_THROWS(Require(settings, 16 * kGiB), SettingsError, "offline_expected_qps (3e+08");

  settings = Of(TestScenario::Server);
  settings.server_target_qps = 1e12;
  settings.min_duration_ms = 600000;
  CHECK_THROWS(Require(settings, 16 * kGiB), SettingsError, "server_target_qps (1e+12");
  settings.server_target_qps = 2e6;
  CHECK_THROWS(Require(settings, 16 * kGiB), SettingsError, "server_target_qps (2e+06");

  settings = Of(TestScenario::MultiStream);
  settings.multi_stream_samples_per_query = uint64_t{1} << 40U;
  CHECK_THROWS(Require(settings, 16 * kGiB), SettingsError,
               "samples_per_query - 1 = 1099511627775");
  settings.multi_stream_samples_per_query = 1 << 24;
  CHECK_THROWS(Require(settings, 16 * kGiB), SettingsError, "samples per query = 16777216");

  for (const TestScenario scenario : {TestScenario::SingleStream, TestScenario::Server}) {
    settings = Of(scenario);
    settings.min_duration_ms = std::numeric_limits<int64_t>::max() / 1000000;
    CHECK_THROWS(Require(settings, 16 * kGiB), SettingsError, "min_duration_ms = 9223372036854");
  }
}

TEST(libraries) {
  const TestSettings settings = Of(TestScenario::SingleStream);
  CHECK_THROWS(Require(settings, 16 * kGiB, kHuge), SettingsError,
               "samples to load = 1152921504606846976");
  CHECK_THROWS(Require(settings, 16 * kGiB, 4'000'000'000), SettingsError,
               "4e+09 samples to load follow from the library's counts");
  TestSettings accuracy = settings;
  accuracy.mode = TestMode::AccuracyOnly;
  accuracy.performance_sample_count_override = 1;
  CHECK_THROWS(Require(accuracy, 16 * kGiB, 4'000'000'000), SettingsError,
               "accuracy_sample_count_override");
  accuracy.accuracy_sample_count_override = 10;
  Require(accuracy, kGiB, kHuge);
}

TEST(many_sets_with_much_padding) {
  TestSettings settings = Of(TestScenario::MultiStream);
  settings.mode = TestMode::AccuracyOnly;
  settings.performance_sample_count_override = 1;
  settings.multi_stream_samples_per_query = 100'000;
  CHECK_THROWS(Require(settings, 16 * kGiB, 1'000'000), SettingsError,
               "samples per query = 100000");
}

// The folders of a control group file system.
class Groups {
 public:
  Groups()
      : root_(std::filesystem::temp_directory_path() /
              ("memory_test_" + std::to_string(mlperf::base::ProcessId()))) {}
  ~Groups() { std::filesystem::remove_all(root_); }

  void Write(const std::string& file, const std::string& text) const {
    std::filesystem::create_directories((root_ / file).parent_path());
    std::ofstream(root_ / file) << text;
  }
  uint64_t Limit(const std::string& groups) const {
    return mlperf::base::GroupMemoryLimit(groups, root_.string());
  }

 private:
  const std::filesystem::path root_;
};

TEST(limits_of_control_groups) {
  const Groups groups;
  CHECK_EQ(groups.Limit(""), kNoLimit);
  CHECK_EQ(groups.Limit("0::/a/b\n"), kNoLimit);
  groups.Write("a/b/memory.max", "max\n");
  CHECK_EQ(groups.Limit("0::/a/b\n"), kNoLimit);
  groups.Write("a/memory.max", "5000\n");
  CHECK_EQ(groups.Limit("0::/a/b\n"), 5000U);
  groups.Write("a/b/memory.max", "4000\n");
  CHECK_EQ(groups.Limit("0::/a/b\n"), 4000U);
  CHECK_EQ(groups.Limit("0::/\n"), kNoLimit);
  groups.Write("memory.max", "3000\n");  // the root of a container
  CHECK_EQ(groups.Limit("0::/\n"), 3000U);
  CHECK_EQ(groups.Limit("0::/../elsewhere\n"), 3000U);
}

TEST(limits_of_control_groups_of_version_1) {
  const Groups groups;
  groups.Write("memory/a/memory.limit_in_bytes", "7000\n");
  groups.Write("memory/memory.limit_in_bytes", "9223372036854771712\n");
  CHECK_EQ(groups.Limit("3:cpu:/a\n2:pids,memory:/a\n0::/\n"), 7000U);
  CHECK_EQ(groups.Limit("3:cpu:/a\n2:pids,memory:/b\n"), 9223372036854771712U);
  CHECK_EQ(groups.Limit("3:cpu:/a\nno line of such a file\n:\n"), kNoLimit);
}

TEST(this_machine_has_some) {
  CHECK(mlperf::base::MemoryLimit() > 1 << 20);
#ifdef __linux__
  CHECK(mlperf::base::MemoryLimit() < kNoLimit);
#endif
}

}  // namespace
