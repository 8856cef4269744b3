// From requested to effective settings.

#include "settings/effective.h"

#include <limits>
#include <set>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>
#include <vector>

#include "check.h"
#include "settings/effective_table.h"
#include "settings/log_entries.h"

using mlperf::EffectiveSettings;
using mlperf::TestScenario;
using mlperf::TestSettings;
using mlperf::settings::Derive;

namespace {

TestSettings Of(TestScenario scenario) {
  TestSettings s;
  s.scenario = scenario;
  return s;
}

EffectiveSettings Clean(const TestSettings& s, uint64_t total = 40, uint64_t performance = 20) {
  mlperf::base::Entries entries;
  const EffectiveSettings e = Derive(s, total, performance, &entries);
  CHECK(entries.empty());
  return e;
}

}  // namespace

TEST(single_stream) {
  TestSettings s = Of(TestScenario::SingleStream);
  s.single_stream_expected_latency_ns = 250000;
  s.single_stream_target_latency_percentile = 0.95;
  s.server_target_latency_ns = 5;
  const EffectiveSettings e = Clean(s);
  CHECK_EQ(e.target_qps, 4000.0);
  CHECK_EQ(e.target_latency_ns, int64_t{0});
  CHECK_EQ(e.target_latency_percentile, 0.95);
  CHECK_EQ(e.max_async_queries, uint64_t{1});
  CHECK_EQ(e.samples_per_query, uint64_t{1});
  CHECK_EQ(e.min_query_count, uint64_t{100});
  CHECK_EQ(e.min_sample_count, uint64_t{100});
  CHECK_EQ(e.target_duration_ms, int64_t{10000});
  CHECK_EQ(e.performance_sample_count, uint64_t{20});
  CHECK_EQ(e.accuracy_sample_count, uint64_t{40});
}

TEST(multi_stream) {
  TestSettings s = Of(TestScenario::MultiStream);
  s.multi_stream_samples_per_query = 3;
  const EffectiveSettings e = Clean(s);
  CHECK_EQ(e.target_qps, 125.0);
  CHECK_EQ(e.target_latency_percentile, 0.99);
  CHECK_EQ(e.max_async_queries, uint64_t{1});
  CHECK_EQ(e.samples_per_query, uint64_t{3});
  CHECK_EQ(e.min_sample_count, uint64_t{300});
}

TEST(multi_stream_at_a_fixed_interval) {
  TestSettings s = Of(TestScenario::MultiStreamFixedInterval);
  const EffectiveSettings e = Clean(s);
  CHECK_EQ(e.target_qps, 10.0);
  CHECK_EQ(e.target_latency_percentile, 0.99);
  CHECK_EQ(e.max_async_queries, uint64_t{1});
  CHECK_EQ(e.samples_per_query, uint64_t{4});
  CHECK_EQ(e.min_sample_count, uint64_t{400});
  CHECK_EQ(e.target_latency_ns, int64_t{100000000});
  s.multi_stream_interval_target_qps = 15;
  s.multi_stream_interval_max_async_queries = 2;
  CHECK_EQ(Clean(s).target_latency_ns, int64_t{2 * 66666666});
  s.multi_stream_interval_target_qps = 0;
  CHECK_EQ(Clean(s).target_latency_ns, std::numeric_limits<int64_t>::max());
}

TEST(server) {
  TestSettings s = Of(TestScenario::Server);
  s.server_target_qps = 12.5;
  s.server_target_latency_percentile = 0.97;
  s.server_max_async_queries = 7;
  s.server_coalesce_queries = true;
  s.server_num_issue_query_threads = 4;
  s.use_token_latencies = true;
  s.server_ttft_latency = 11;
  const EffectiveSettings e = Clean(s);
  CHECK_EQ(e.target_qps, 12.5);
  CHECK_EQ(e.target_latency_ns, int64_t{100000000});
  CHECK_EQ(e.target_latency_percentile, 0.97);
  CHECK_EQ(e.max_async_queries, uint64_t{7});
  CHECK_EQ(e.samples_per_query, uint64_t{1});
  CHECK(e.server_coalesce_queries);
  CHECK_EQ(e.server_num_issue_query_threads, uint64_t{4});
  CHECK(e.use_token_latencies);
  CHECK_EQ(e.ttft_latency_ns, int64_t{11});
}

TEST(offline_is_one_query_for_the_shortest_run_and_a_tenth) {
  TestSettings s = Of(TestScenario::Offline);
  s.offline_expected_qps = 1000;
  const EffectiveSettings e = Clean(s);
  CHECK_EQ(e.samples_per_query, uint64_t{11000});
  CHECK_EQ(e.min_query_count, uint64_t{1});
  CHECK_EQ(e.min_sample_count, uint64_t{11000});
  CHECK_EQ(e.target_duration_ms, int64_t{0});
  CHECK_EQ(e.min_duration_ms, int64_t{10000});
  CHECK_EQ(e.target_latency_percentile, 0.99);
  CHECK_EQ(e.max_async_queries, uint64_t{1});

  s.min_query_count = 24576;
  CHECK_EQ(Clean(s).samples_per_query, uint64_t{24576});
  s.performance_issue_unique = true;
  CHECK_EQ(Clean(s).samples_per_query, uint64_t{20});
  s.performance_sample_count_override = 15;
  CHECK_EQ(Clean(s).samples_per_query, uint64_t{15});
}

TEST(a_rate_beyond_all_counts_is_cut_off) {
  TestSettings s = Of(TestScenario::Offline);
  s.offline_expected_qps = 1e300;
  CHECK_EQ(Clean(s).samples_per_query, std::numeric_limits<uint64_t>::max());
}

TEST(equal_issue_goes_up_to_the_next_multiple_of_the_library_count) {
  TestSettings s = Of(TestScenario::SingleStream);
  s.sample_concatenate_permutation = true;
  s.min_duration_ms = 0;
  s.min_query_count = 5000;
  CHECK_EQ(Clean(s, 5000, 5000).min_query_count, uint64_t{10000});  // a multiple already
  CHECK_EQ(Clean(s, 5000, 4999).min_query_count, uint64_t{9998});
  CHECK_EQ(Clean(s, 7000, 7000).min_query_count, uint64_t{7000});
  s.performance_sample_count_override = 3;
  CHECK_EQ(Clean(s, 5000, 4999).min_query_count, uint64_t{9998});
  s.min_duration_ms = 3000;  // at 1000 queries a second, twice
  CHECK_EQ(Clean(s, 5000, 4000).min_query_count, uint64_t{8000});
  s.scenario = TestScenario::MultiStream;
  CHECK_EQ(Clean(s, 5000, 4000).min_query_count, uint64_t{5000});
}

TEST(overrides_replace_the_library_counts) {
  TestSettings s = Of(TestScenario::Server);
  s.performance_sample_count_override = 30;
  s.accuracy_sample_count_override = 7;
  const EffectiveSettings e = Clean(s);
  CHECK_EQ(e.performance_sample_count, uint64_t{30});
  CHECK_EQ(e.accuracy_sample_count, uint64_t{7});
}

// What is loaded is what is effective, and the difference is said.
TEST(no_more_samples_than_the_library_has) {
  TestSettings s = Of(TestScenario::Offline);
  s.performance_issue_unique = true;
  s.performance_sample_count_override = 41;
  s.accuracy_sample_count_override = 1000;
  mlperf::base::Entries entries;
  EffectiveSettings e = Derive(s, 40, 20, &entries);
  CHECK_EQ(e.performance_sample_count, uint64_t{40});
  CHECK_EQ(e.accuracy_sample_count, uint64_t{40});
  CHECK_EQ(e.samples_per_query, uint64_t{40});
  CHECK_EQ(entries.size(), 2u);
  CHECK(entries[0].severity == mlperf::base::Severity::kWarning);
  CHECK_EQ(entries[0].json,
           "\"performance_sample_count_override = 41 is more than the library's 40 samples: 40 are "
           "used\"");
  CHECK(entries[1].json.starts_with("\"accuracy_sample_count_override = 1000 is more"));
  entries.clear();
  e = Derive(Of(TestScenario::Server), 40, 50, &entries);
  CHECK_EQ(e.performance_sample_count, uint64_t{40});
  CHECK(entries[0].json.starts_with("\"the sample library's PerformanceSampleCount = 50 is more"));
}

TEST(the_drain_timeout_defaults_to_the_longest_run) {
  TestSettings s = Of(TestScenario::Server);
  CHECK_EQ(Clean(s).drain_timeout_ms, int64_t{0});
  s.max_duration_ms = 90000;
  CHECK_EQ(Clean(s).drain_timeout_ms, int64_t{90000});
  s.max_duration_ms = 1;
  CHECK_EQ(Clean(s).drain_timeout_ms, int64_t{60000});
  s.drain_timeout_ms = 5;
  CHECK_EQ(Clean(s).drain_timeout_ms, int64_t{5});
}

TEST(what_cannot_be_is_said_and_mended) {
  TestSettings s = Of(TestScenario::Server);
  s.server_target_qps = -2.5;
  s.performance_issue_same = true;
  s.performance_issue_unique = true;
  s.performance_issue_same_index = 20;
  mlperf::base::Entries entries;
  const EffectiveSettings e = Derive(s, 40, 20, &entries);
  CHECK_EQ(e.target_qps, 1.0);
  CHECK_EQ(entries.size(), size_t{3});
  CHECK_EQ(entries[0].json,
           "\"Invalid value for server_target_qps requested. requested: -2.5 using: 1\"");
  CHECK_EQ(entries[1].json,
           "\"Sample Idx to be repeated in performance_issue_same mode cannot be greater than "
           "loaded performance_sample_count. performance_issue_same_index: 20 "
           "performance_sample_count: 20\"");
  CHECK_EQ(entries[2].json,
           "\"Performance_issue_unique and performance_issue_same, both cannot be true at the same "
           "time. performance_issue_unique: 1 performance_issue_same: 1\"");
  for (const auto& entry : entries) {
    CHECK_EQ(entry.key, "error_invalid_test_settings");
    CHECK(entry.severity == mlperf::base::Severity::kError);
  }

  TestSettings offline = Of(TestScenario::Offline);
  offline.offline_expected_qps = std::numeric_limits<double>::quiet_NaN();
  entries.clear();
  CHECK_EQ(Derive(offline, 40, 20, &entries).target_qps, 1.0);
  CHECK_EQ(entries[0].json,
           "\"Invalid value for offline_expected_qps requested. requested: nan using: 1\"");
}

TEST(effective_entries_in_order) {
  const TestSettings requested = Of(TestScenario::Server);
  const auto entries = mlperf::settings::EffectiveEntries(Clean(requested), requested);
  std::vector<std::string> lines;
  for (const auto& entry : entries) lines.push_back(entry.key + " " + entry.json);
  const std::vector<std::string> expected = {
      "effective_scenario \"Server\"",
      "effective_test_mode \"PerformanceOnly\"",
      "effective_samples_per_query 1",
      "effective_target_qps 1",
      "effective_target_latency_ns 100000000",
      "effective_target_latency_percentile 0.99",
      "effective_max_async_queries 0",
      "effective_target_duration_ms 10000",
      "effective_min_duration_ms 10000",
      "effective_max_duration_ms 0",
      "effective_min_query_count 100",
      "effective_max_query_count 0",
      "effective_min_sample_count 100",
      "effective_qsl_rng_seed 0",
      "effective_sample_index_rng_seed 0",
      "effective_schedule_rng_seed 0",
      "effective_accuracy_log_rng_seed 0",
      "effective_accuracy_log_probability 0",
      "effective_accuracy_log_sampling_target 0",
      "effective_print_timestamps false",
      "effective_performance_issue_unique false",
      "effective_performance_issue_same false",
      "effective_performance_issue_same_index 0",
      "effective_performance_sample_count 20",
      "effective_accuracy_sample_count 40",
      "effective_sample_concatenate_permutation false",
  };
  CHECK_EQ(lines, expected);
}

TEST(our_own_settings_have_an_effective_entry_where_they_are_set) {
  TestSettings requested = Of(TestScenario::Server);
  const size_t established = mlperf::settings::EffectiveEntries(Clean(requested), requested).size();
  requested.max_duration_ms = 120'000;  // from which a drain timeout follows that nobody asked for
  CHECK_EQ(mlperf::settings::EffectiveEntries(Clean(requested), requested).size(), established);
  requested.server_spin_us = 30;
  requested.drain_timeout_ms = 5'000;
  requested.stall_timeout_ms = 7'000;
  std::string own;
  for (const auto& entry : mlperf::settings::EffectiveEntries(Clean(requested), requested)) {
    for (const std::string_view name : {"spin", "drain", "stall"}) {
      if (entry.key.find(name) != std::string::npos) own += entry.key + " " + entry.json + "\n";
    }
  }
  CHECK_EQ(own,
           "effective_server_spin_us 30\n"
           "effective_drain_timeout_ms 5000\n"
           "effective_stall_timeout_ms 7000\n");
}

TEST(every_effective_field_has_one_row) {
  std::set<std::string_view> names;
  const auto table = mlperf::settings::EffectiveTable();
  for (const auto& row : table) {
    CHECK(names.insert(row.name).second);
    CHECK(!row.doc.empty());
    CHECK_EQ(row.name.data()[row.name.size()], '\0');
    CHECK_EQ(row.doc.data()[row.doc.size()], '\0');
    CHECK_EQ(row.log_key.empty(), row.logged == mlperf::settings::Logging::kNever);
    for (const auto& other : table) CHECK(&row == &other || !(row.member == other.member));
  }
  CHECK_EQ(names.size(), size_t{41});
}

TEST(a_copied_field_has_the_value_of_its_setting_whatever_that_is) {
  for (const auto& row : mlperf::settings::EffectiveTable()) {
    if (!row.from) continue;
    TestSettings requested = Of(TestScenario::Server);
    std::visit(
        [&](auto member) {
          using Value = std::remove_reference_t<decltype(requested.*member)>;
          if constexpr (std::is_arithmetic_v<Value>) requested.*member = static_cast<Value>(1);
        },
        *row.from);
    EffectiveSettings copied;
    mlperf::settings::CopySettings(requested, copied);
    std::visit(
        [&](auto member) {
          using Value = std::remove_reference_t<decltype(copied.*member)>;
          if constexpr (std::is_arithmetic_v<Value>) {
            CHECK_EQ(copied.*member, static_cast<Value>(1));
          }
        },
        row.member);
  }
}
