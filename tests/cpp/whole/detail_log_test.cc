// The keys of the detail log, in order, in each scenario and mode.

#include <algorithm>
#include <set>

#include "check.h"
#include "requested_keys.h"
#include "rig.h"

using namespace mlperf;
using fakes::kMs;
using fakes::Samples;
using requested::Append;
using requested::Keys;
using rig::Rig;

namespace {

constexpr TestScenario kScenarios[] = {TestScenario::SingleStream, TestScenario::MultiStream,
                                       TestScenario::Server, TestScenario::Offline,
                                       TestScenario::MultiStreamFixedInterval};

std::string Quoted(const std::string& text) { return "\"" + text + "\""; }

Keys Percentiles(const std::string& before, const std::string& after) {
  Keys keys;
  for (const char* label : {"50.00", "90.00", "95.00", "97.00", "99.00", "99.90"}) {
    keys.push_back(before + label + after);
  }
  return keys;
}

// Which build, which SUT and library, what was requested, what it came to.
Keys HeaderKeys(TestScenario scenario) {
  Keys keys = {"loadgen_version",
               "loadgen_build_date_local",
               "loadgen_build_date_utc",
               "loadgen_git_commit_date",
               "loadgen_git_log_message",
               "loadgen_git_status_message",
               "loadgen_file_sha1",
               "test_datetime",
               "sut_name",
               "get_sut_name_duration_ns",
               "qsl_name",
               "qsl_reported_total_count",
               "qsl_reported_performance_count"};
  Append(&keys, requested::All(scenario));
  Append(&keys, {"effective_scenario",
                 "effective_test_mode",
                 "effective_samples_per_query",
                 "effective_target_qps",
                 "effective_target_latency_ns",
                 "effective_target_latency_percentile",
                 "effective_max_async_queries",
                 "effective_target_duration_ms",
                 "effective_min_duration_ms",
                 "effective_max_duration_ms",
                 "effective_min_query_count",
                 "effective_max_query_count",
                 "effective_min_sample_count",
                 "effective_qsl_rng_seed",
                 "effective_sample_index_rng_seed",
                 "effective_schedule_rng_seed",
                 "effective_accuracy_log_rng_seed",
                 "effective_accuracy_log_probability",
                 "effective_accuracy_log_sampling_target",
                 "effective_print_timestamps",
                 "effective_performance_issue_unique",
                 "effective_performance_issue_same",
                 "effective_performance_issue_same_index",
                 "effective_performance_sample_count",
                 "effective_accuracy_sample_count",
                 "effective_sample_concatenate_permutation"});
  return keys;
}

// Of one series; `ends_naturally` adds the message that says so.
Keys SeriesKeys(bool ends_naturally) {
  Keys keys = {"loaded_qsl_set", "generated_query_count", "generated_samples_per_query",
               "generated_query_duration"};
  if (ends_naturally) keys.emplace_back("generic_message");
  Append(&keys,
         {"logger_swap_request_slots_retry_count", "logger_swap_request_slots_retry_retry_count",
          "logger_swap_request_slots_retry_reencounter_count",
          "logger_start_reading_entries_retry_count", "logger_tls_total_log_cas_fail_count",
          "logger_tls_total_swap_buffers_slot_retry_count", "power_begin", "power_end"});
  return keys;
}

Keys PerformanceKeys(TestScenario scenario) {
  Keys keys = {"generic_message"};
  Append(&keys, SeriesKeys(scenario != TestScenario::Server));
  return keys;
}

Keys ResultKeys(TestScenario scenario, bool valid) {
  Keys keys;
  if (scenario == TestScenario::Server || scenario == TestScenario::MultiStreamFixedInterval) {
    for (const char* percentile : {"50.00", "90.00", "95.00", "97.00", "99.00", "99.90"}) {
      keys.push_back(std::string("schedule_lag_") + percentile + "_percentile_ns");
    }
    keys.emplace_back("schedule_lag_max_ns");
  }
  if (scenario == TestScenario::SingleStream || scenario == TestScenario::MultiStream) {
    for (const char* percentile : {"50.00", "90.00", "95.00", "97.00", "99.00", "99.90"}) {
      keys.push_back(std::string("generator_gap_") + percentile + "_percentile_ns");
    }
    Append(&keys, {"generator_gap_mean_ns", "generator_share"});
  }
  keys.emplace_back("result_validity");
  if (scenario == TestScenario::Server || scenario == TestScenario::MultiStreamFixedInterval) {
    keys.emplace_back("result_perf_constraints_met");
  }
  Append(&keys, {"result_min_duration_met", "result_min_queries_met", "early_stopping_met"});
  if (!valid) keys.emplace_back("result_invalid_reason");
  Append(&keys, {"early_stopping_result", "result_query_count"});
  switch (scenario) {
    case TestScenario::SingleStream:
      Append(&keys, {"result_qps_with_loadgen_overhead", "result_qps_without_loadgen_overhead",
                     "early_stopping_latency_ss", "early_stopping_latency_ms"});
      break;
    case TestScenario::MultiStream:
      Append(&keys, {"result_min_query_latency_ns", "result_max_query_latency_ns",
                     "result_mean_query_latency_ns"});
      Append(&keys, Percentiles("result_", "_percentile_per_query_latency_ns"));
      keys.emplace_back("early_stopping_latency_ms");
      break;
    case TestScenario::Server:
      Append(&keys, {"result_overlatency_query_count", "result_scheduled_samples_per_sec",
                     "result_completed_samples_per_sec"});
      break;
    case TestScenario::Offline: keys.emplace_back("result_samples_per_second"); break;
    case TestScenario::MultiStreamFixedInterval:
      Append(&keys, {"result_overlatency_query_count", "result_skipped_intervals",
                     "result_skipping_query_count"});
      Append(&keys, Percentiles("result_", "_percentile_num_intervals_between_queries"));
      Append(&keys, {"result_min_query_latency_ns", "result_max_query_latency_ns",
                     "result_mean_query_latency_ns"});
      Append(&keys, Percentiles("result_", "_percentile_per_query_latency_ns"));
      break;
  }
  Append(&keys, {"result_min_latency_ns", "result_max_latency_ns", "result_mean_latency_ns"});
  Append(&keys, Percentiles("result_", "_percentile_latency_ns"));
  keys.emplace_back("num_errors");
  return keys;
}

void CheckKeys(const Rig& rig, const Keys& expected) {
  Keys actual;
  for (const rig::Entry& entry : rig.Detail()) {
    actual.push_back(entry.key);
    CHECK(!entry.value.empty());
  }
  CHECK_EQ(actual, expected);
}

}  // namespace

TEST(detail_keys_of_a_performance_run) {
  for (const TestScenario scenario : kScenarios) {
    Rig rig(scenario);
    const Report report = rig.Run();
    CHECK_EQ(rig.Failure(), "");
    CHECK(report.complete);
    Keys keys = HeaderKeys(scenario);
    Append(&keys, PerformanceKeys(scenario));
    Append(&keys, ResultKeys(scenario, report.valid));
    CheckKeys(rig, keys);
    CHECK_EQ(rig.Complaints(), std::vector<std::string>{});
    CHECK_EQ(rig.Values("generic_message").front(), Quoted("Starting performance mode"));
    CHECK_EQ(rig.Values("sut_name").front(), Quoted("fake SUT"));
    CHECK_EQ(rig.Values("num_errors").front(), "0");
    CHECK_EQ(rig.Accuracy(), "[\n]\n");
    CHECK_EQ(rig.qsl.loaded.size(), 1u);
    CHECK(rig.qsl.loaded == rig.qsl.unloaded);
  }
}

TEST(accuracy_visits_every_set) {
  for (const TestScenario scenario : kScenarios) {
    Rig rig(scenario, TestMode::AccuracyOnly, 10, 4);
    rig.settings.multi_stream_samples_per_query = 3;
    rig.settings.multi_stream_interval_samples_per_query = 3;
    std::set<QuerySampleIndex> seen;
    size_t issued = 0;
    rig.sut.issue = [&](const Samples& samples) {
      // Only what is loaded is asked for.
      const auto& loaded = rig.qsl.loaded.back();
      CHECK_EQ(rig.qsl.unloaded.size() + 1, rig.qsl.loaded.size());
      for (const QuerySample& sample : samples) {
        seen.insert(sample.index);
        CHECK(std::find(loaded.begin(), loaded.end(), sample.index) != loaded.end());
      }
      issued += samples.size();
      rig.Block(samples, kMs);
    };
    const Report report = rig.Run();
    CHECK(report.complete);
    CHECK(!report.has_performance);
    CHECK(!report.valid);
    CHECK_EQ(report.accuracy_sample_count, issued);
    CHECK_EQ(seen.size(), 10u);
    CHECK_EQ(rig.qsl.loaded.size(), 3u);
    CHECK(rig.qsl.loaded == rig.qsl.unloaded);
    CHECK_EQ(rig.AccuracyRecords(), issued);
    CHECK_EQ(rig.Summary(),
             "\nNo warnings encountered during test.\n\nNo errors encountered during test.\n");

    Keys keys = HeaderKeys(scenario);
    keys.emplace_back("generic_message");
    for (int set = 0; set < 3; ++set) Append(&keys, SeriesKeys(false));
    CheckKeys(rig, keys);
    CHECK_EQ(rig.Complaints(), std::vector<std::string>{});
    CHECK_EQ(rig.Values("generic_message").front(), Quoted("Starting accuracy mode"));
  }
}

TEST(submission_is_accuracy_then_performance) {
  for (const TestScenario scenario : kScenarios) {
    Rig rig(scenario, TestMode::SubmissionRun, 8, 8);
    const Report report = rig.Run();
    CHECK_EQ(rig.Failure(), "");
    CHECK(report.has_performance);
    CHECK(report.accuracy_sample_count >= 8);
    CHECK_EQ(rig.AccuracyRecords(), report.accuracy_sample_count);
    Keys keys = HeaderKeys(scenario);
    keys.emplace_back("generic_message");
    Append(&keys, SeriesKeys(false));
    Append(&keys, PerformanceKeys(scenario));
    Append(&keys, ResultKeys(scenario, report.valid));
    CheckKeys(rig, keys);
    CHECK_EQ(rig.Complaints(), std::vector<std::string>{});
    CHECK(rig.Summary().find("Mode     : SubmissionRun\n") != std::string::npos);
  }
}
