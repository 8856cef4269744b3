// Whole tests that go as they should.

#include "run/run.h"

#include <map>
#include <set>

#include "base/text.h"
#include "check.h"
#include "rig.h"
#include "run/peak_search.h"

using namespace mlperf;
using fakes::kMs;
using fakes::kSecond;
using fakes::Samples;
using rig::Rig;
using Keys = std::vector<std::string>;

namespace {

constexpr TestScenario kScenarios[] = {TestScenario::SingleStream, TestScenario::MultiStream,
                                       TestScenario::Server, TestScenario::Offline,
                                       TestScenario::MultiStreamFixedInterval};

std::string Quoted(const std::string& text) { return "\"" + text + "\""; }

void Append(Keys* keys, const Keys& more) { keys->insert(keys->end(), more.begin(), more.end()); }

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
               "qsl_reported_performance_count",
               "requested_scenario",
               "requested_test_mode"};
  switch (scenario) {
    case TestScenario::SingleStream:
      Append(&keys, {"requested_single_stream_expected_latency_ns",
                     "requested_single_stream_target_latency_percentile"});
      break;
    case TestScenario::MultiStream:
      Append(&keys, {"requested_multi_stream_expected_latency_ns",
                     "requested_multi_stream_target_latency_percentile",
                     "requested_multi_stream_samples_per_query"});
      break;
    case TestScenario::Server:
      Append(&keys,
             {"requested_server_target_qps", "requested_server_target_latency_ns",
              "requested_server_target_latency_percentile", "requested_server_coalesce_queries",
              "requested_server_find_peak_qps_decimals_of_precision",
              "requested_server_find_peak_qps_boundary_step_size",
              "requested_server_max_async_queries", "requested_server_num_issue_query_threads"});
      break;
    case TestScenario::Offline: keys.emplace_back("requested_offline_expected_qps"); break;
    case TestScenario::MultiStreamFixedInterval:
      Append(
          &keys,
          {"requested_multi_stream_target_qps", "requested_multi_stream_target_latency_percentile",
           "requested_multi_stream_samples_per_query", "requested_multi_stream_max_async_queries"});
      break;
  }
  Append(&keys, {"requested_min_duration_ms",
                 "requested_max_duration_ms",
                 "requested_min_query_count",
                 "requested_max_query_count",
                 "requested_qsl_rng_seed",
                 "requested_sample_index_rng_seed",
                 "requested_schedule_rng_seed",
                 "requested_accuracy_log_rng_seed",
                 "requested_accuracy_log_probability",
                 "requested_accuracy_log_sampling_target",
                 "requested_print_timestamps",
                 "requested_performance_issue_unique",
                 "requested_performance_issue_same",
                 "requested_performance_issue_same_index",
                 "requested_performance_sample_count_override",
                 "requested_accuracy_sample_count_override",
                 "requested_sample_concatenate_permutation",
                 "effective_scenario",
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

void CheckNoErrors(const Rig& rig) {
  for (const rig::Entry& entry : rig.Detail()) {
    if (entry.is_error || entry.is_warning) CHECK_EQ(entry.key + ": " + entry.value, "");
  }
}

void CheckGolden(const Rig& rig, const std::string& scenario) {
  const std::string path =
      std::string(MLPERF_TESTS_DIR) + "/golden/run_summary_" + scenario + ".txt";
  CHECK_EQ(rig.Summary(), fakes::ReadFile(path));
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
    CheckNoErrors(rig);
    CHECK_EQ(rig.Values("generic_message").front(), Quoted("Starting performance mode"));
    CHECK_EQ(rig.Values("sut_name").front(), Quoted("fake SUT"));
    CHECK_EQ(rig.Values("num_errors").front(), "0");
    CHECK_EQ(rig.Accuracy(), "[\n]\n");
    CHECK_EQ(rig.qsl.loaded.size(), 1u);
    CHECK(rig.qsl.loaded == rig.qsl.unloaded);
  }
}

// Latencies of the queries go 1.0, 1.1 .. 1.9 ms, over and over; each query is issued when the one
// before it is done. A round of ten takes 14.5 ms.
//   * The run lasts until a query is issued at 100 ms or later: seven rounds take 101.5 ms, so
//     that is within the seventh. Its queries are issued at 87 ms plus 0, 1.0, 2.1, 3.3, 4.6, 6.0,
//     7.5, 9.1, 10.8, 12.6; the last of them, query 69, at 99.6 ms. So query 70, at 101.5 ms, is
//     the last: 71 queries, over the minimum of 50.
//   * Sorted: eight times 1.0, seven of each other. Index floor(71 * 0.9) = 63: 8 + 8 * 7 = 64
//     values are up to 1.8, so 1.8 ms. Index 35: 36 values are up to 1.4, so 1.4 ms. Index 67 and
//     above: 1.9.
//   * Mean (7 * 14.5 + 1.0) / 71 = 1.443661 ms; 1 / mean = 692.68 queries/s.
//   * With overhead: 70 / 101.5 ms = 689.655 queries/s.
//   * Early stopping of 90 %: 64 queries are needed. 71 allow one over (P(X <= 1) = 0.5 % and
//     P(X <= 2) = 2.2 %, of B(71, 0.1)), so none is discarded and the estimate is the highest.
TEST(single_stream_summary) {
  Rig rig(TestScenario::SingleStream);
  rig.settings.min_query_count = 50;
  rig.settings.min_duration_ms = 100;
  int queries = 0;
  rig.sut.issue = [&](const Samples& samples) {
    rig.Block(samples, kMs + queries++ % 10 * kMs / 10);
  };
  const Report report = rig.Run();
  CHECK(report.valid);
  CHECK_EQ(report.query_count, 71u);
  CHECK_EQ(report.latency_at_target_percentile_ns, 1'800'000);
  CheckGolden(rig, "single_stream");
}

// Sample j of query i takes (j + 1) * (1 + i % 10 / 10) ms, so that a query of four takes 4.0, 4.4
// .. 7.6 ms: 58 ms for ten.
//   * 700 queries, 70 of each latency. Index floor(700 * 0.99) = 693: 7.6 ms; 0.9: index 630, the
//     first of the 7.6; 0.5: index 350, the first of the 6.0; mean 5.8 ms.
//   * Early stopping of 99 %: 662 queries are needed, 700 allow one over; the estimate is 7.6 ms.
//   * The last query is issued at 70 * 58 - 7.6 ms = 4.0524 s, over the minimum of 4 s.
TEST(multi_stream_summary) {
  Rig rig(TestScenario::MultiStream);
  rig.settings.multi_stream_samples_per_query = 4;
  rig.settings.min_query_count = 700;
  rig.settings.min_duration_ms = 4000;
  int queries = 0;
  rig.sut.issue = [&](const Samples& samples) {
    const int64_t step_ns = kMs + queries++ % 10 * kMs / 10;
    for (const QuerySample& sample : samples) rig.Block({sample}, step_ns);
  };
  const Report report = rig.Run();
  CHECK(report.valid);
  CHECK_EQ(report.query_count, 700u);
  CHECK_EQ(report.sample_count, 2800u);
  CHECK_EQ(report.latency_at_target_percentile_ns, 7'600'000);
  CHECK_EQ(report.query_latencies_ns.size(), 700u);
  // Samples of the first query: 1, 2, 3 and 4 ms.
  CHECK_EQ(report.latencies_ns[2], 3 * kMs);
  CheckGolden(rig, "multi_stream");
}

// Whenever they arrive, queries take 2.0, 2.1 .. 2.9 ms, but number 300, which takes 20 ms and so
// is the one over the limit of 10 ms.
//   * 700 queries: 99 % with one over need 662.
//   * Index 693 of 700: 2.9 ms (the 69 or 70 highest but one). The 70 of 2.0 lack number 300, so
//     the mean is (700 * 2.45 + 18) / 700 = 2.475714 ms.
//   * The rates are 699 / scheduled time of the last, and 699 / that plus its latency, 2.9 ms.
//     The schedule is that of seed 0 at 1000 per second, which schedule_test vouches for.
TEST(server_summary) {
  Rig rig(TestScenario::Server);
  rig.clock.SetAlone();
  rig.settings.server_target_qps = 1000;
  rig.settings.server_target_latency_ns = 10 * kMs;
  rig.settings.min_query_count = 700;
  int queries = 0;
  int64_t last_ns = 0;
  int64_t first_ns = 0;
  rig.sut.issue = [&](const Samples& samples) {
    if (queries == 0) first_ns = rig.clock.NowNs();
    last_ns = rig.clock.NowNs() - first_ns;
    const int64_t latency_ns = queries == 300 ? 20 * kMs : 2 * kMs + queries % 10 * kMs / 10;
    ++queries;
    rig.Later(samples, latency_ns);
  };
  const Report report = rig.Run();
  CHECK(report.valid);
  CHECK_EQ(report.query_count, 700u);
  CHECK_EQ(report.overlatency_query_count.value_or(0), 1u);
  CHECK_EQ(report.latency_ns.mean, 2'475'714);
  CHECK_EQ(report.latency_ns.max, 20 * kMs);
  const double seconds = static_cast<double>(last_ns) / 1e9;
  CHECK_EQ(base::Fixed(report.scheduled_samples_per_second, 6), base::Fixed(699 / seconds, 6));
  CHECK_EQ(base::Fixed(report.completed_samples_per_second, 6),
           base::Fixed(699 / (seconds + 0.0029), 6));
  CheckGolden(rig, "server");
}

// Each query takes 1 ms to complete, and its issue call 3 ms more to return.
TEST(a_spin_before_a_due_time_is_as_long_as_asked_for) {
  for (const int spin_us : {0, 100, 300}) {
    Rig rig(TestScenario::Server);
    rig.settings.server_target_qps = 1;  // all gaps are longer
    rig.settings.server_spin_us = spin_us;
    uint64_t queries = 0;
    rig.sut.issue = [&](const Samples& samples) {
      ++queries;
      rig.Block(samples, 1);
    };
    rig.Run();
    // The first is due at once.
    CHECK_EQ(rig.clock.spun_ns(), static_cast<int64_t>(queries - 1) * spin_us * 1000);
  }
}

TEST(time_between_queries_is_not_latency) {
  Rig rig(TestScenario::SingleStream);
  rig.settings.min_query_count = 10;
  rig.sut.issue = [&](const Samples& samples) {
    rig.Block(samples, kMs);
    rig.clock.Advance(3 * kMs);
  };
  const Report report = rig.Run();
  CHECK_EQ(report.query_count, 10u);
  CHECK_EQ(report.generator->gap_ns.min, 3 * kMs);
  CHECK_EQ(report.generator->gap_ns.max, 3 * kMs);
  CHECK_EQ(base::Fixed(report.generator->share, 9), base::Fixed(27.0 / 37, 9));
  CHECK_EQ(report.notes.size(), 1u);
  CHECK_EQ(rig.Values("generator_note"), (std::vector<std::string>{Quoted(report.notes[0])}));
  CHECK_EQ(rig.Values("generator_gap_mean_ns").front(), "3000000");
}

// Queries come every 4 ms on average, and the SUT keeps the issuing thread for 3 ms.
TEST(an_issue_call_that_takes_long_is_named) {
  Rig rig(TestScenario::Server);
  rig.clock.SetAlone();
  rig.settings.server_target_qps = 250;
  rig.settings.server_target_latency_ns = 10 * kMs;
  rig.settings.min_query_count = 1000;
  rig.sut.issue = [&](const Samples& samples) { rig.Block(samples, 3 * kMs); };
  const Report report = rig.Run();
  CHECK_EQ(report.notes.size(), 1u);
  CHECK(report.notes.at(0).find("the SUT's issue call, which takes 3.00 ms,") != std::string::npos);
}

// One query of 128 samples, more than 1.1 * 1 s * 100 per second; done in four batches of 300 ms.
//   * 128 / 1.2 s = 106.667 samples/s; latencies 0.3, 0.6, 0.9, 1.2 s, 32 of each: mean 0.75 s,
//     index 64 is the first of the 0.9, index 115 (90 %) is of the 1.2.
TEST(offline_summary) {
  Rig rig(TestScenario::Offline);
  rig.settings.offline_expected_qps = 100;
  rig.settings.min_query_count = 128;
  rig.settings.min_duration_ms = 1000;
  rig.sut.issue = [&](const Samples& samples) {
    CHECK_EQ(samples.size(), 128u);
    for (int64_t batch = 0; batch < 4; ++batch) {
      const auto first = samples.begin() + batch * 32;
      rig.Later(Samples(first, first + 32), (batch + 1) * 300 * kMs);
    }
  };
  const Report report = rig.Run();
  CHECK(report.valid);
  CHECK_EQ(report.query_count, 1u);
  CHECK_EQ(report.sample_count, 128u);
  CheckGolden(rig, "offline");
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
    CheckNoErrors(rig);
    CHECK_EQ(rig.Values("generic_message").front(), Quoted("Starting accuracy mode"));
  }
}

// Sets of four, four and two: ids run on from one set to the next, each with the index that was
// asked for.
TEST(sequence_ids_run_on_over_the_sets) {
  for (const TestScenario scenario : kScenarios) {
    Rig rig(scenario, TestMode::AccuracyOnly, 10, 4);
    rig.settings.multi_stream_samples_per_query = 2;
    rig.settings.multi_stream_interval_samples_per_query = 2;
    std::vector<QuerySampleIndex> issued;
    rig.sut.issue = [&](const Samples& samples) {
      for (const QuerySample& sample : samples) issued.push_back(sample.index);
      rig.Block(samples, kMs);
    };
    rig.Run();
    const auto lines = fakes::Lines(rig.Accuracy());
    CHECK_EQ(lines.size(), issued.size() + 2);
    for (size_t i = 0; i < issued.size(); ++i) {
      const std::string start = "{ \"seq_id\" : " + std::to_string(i) +
                                ", \"qsl_idx\" : " + std::to_string(issued[i]) + ", ";
      CHECK_EQ(lines.at(i + 1).substr(0, start.size()), start);
    }
  }
}

// Three queries of two for a set of five: one sample comes twice.
TEST(multi_stream_accuracy_pads) {
  Rig rig(TestScenario::MultiStream, TestMode::AccuracyOnly, 5, 5);
  rig.settings.multi_stream_samples_per_query = 2;
  const Report report = rig.Run();
  CHECK_EQ(report.accuracy_sample_count, 6u);
  CHECK_EQ(rig.qsl.loaded.at(0).size(), 6u);
  CHECK_EQ(rig.Values("generated_query_count").at(0), "3");
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
    CheckNoErrors(rig);
    CHECK(rig.Summary().find("Mode     : SubmissionRun\n") != std::string::npos);
  }
}

// Ids go on counting where accuracy left off, and the share that is logged is about what was asked.
TEST(performance_responses_are_sampled) {
  Rig rig(TestScenario::Offline, TestMode::SubmissionRun, 8, 8);
  rig.settings.min_query_count = 1000;
  rig.settings.accuracy_log_probability = 0.1;
  int callbacks = 0;
  const uint8_t answer = 0xA5;
  rig.sut.issue = [&](const Samples& samples) {
    for (const QuerySample& sample : samples) {
      Rig::Complete(sample.id, [&](QuerySampleResponse* response) {
        ++callbacks;
        response->data = reinterpret_cast<uintptr_t>(&answer);
        response->size = 1;
      });
    }
  };
  rig.Run();
  const auto lines = fakes::Lines(rig.Accuracy());
  CHECK_EQ(lines.size(), static_cast<size_t>(callbacks) + 2);
  CHECK(callbacks > 8 + 60 && callbacks < 8 + 140);
  CHECK(lines[1].starts_with("{ \"seq_id\" : 0, "));
  std::set<uint64_t> ids;
  for (size_t i = 1; i + 1 < lines.size(); ++i) ids.insert(std::stoull(lines[i].substr(13)));
  CHECK_EQ(ids.size(), lines.size() - 2);
  CHECK(*ids.rbegin() < 8 + 1000);
  CHECK(lines[9].find("\"data\" : \"A5\" }") != std::string::npos);
}

TEST(tokens_are_measured_and_logged) {
  Rig rig(TestScenario::SingleStream);
  rig.settings.use_token_latencies = true;
  rig.settings.min_query_count = 64;
  rig.settings.accuracy_log_probability = 1;
  const uint8_t first_token = 0x0F;
  rig.sut.issue = [&](const Samples& samples) {
    QuerySampleResponse response(samples[0].id, reinterpret_cast<uintptr_t>(&first_token), 1, 5);
    rig.clock.Advance(2 * kMs);
    FirstTokenComplete(&response, 1);
    rig.clock.Advance(8 * kMs);
    response.size = 0;
    QuerySamplesComplete(&response, 1);
  };
  const Report report = rig.Run();
  CHECK(report.valid);
  CHECK_EQ(report.error_count, 0u);
  CHECK(report.tokens.has_value());
  CHECK_EQ(report.tokens->token_count, 64 * 5);
  CHECK_EQ(report.ttft_latencies_ns, (std::vector<int64_t>(64, 2 * kMs)));
  CHECK_EQ(report.tpot_latencies_ns, (std::vector<int64_t>(64, 2 * kMs)));  // 8 ms for 4 tokens
  CHECK(fakes::Lines(rig.Accuracy())
            .at(1)
            .ends_with("\"data\" : \"\", \"token_data\" : \"0F\", \"token_count\" : 5 },"));
  CHECK_EQ(rig.Values("requested_use_token_latencies").size(), 1u);
  CHECK_EQ(rig.Values("result_first_token_min_latency_ns").at(0), "2000000");
}

// Offline has no first tokens: their number a second is what counts. 100 samples of 5 to 7 tokens,
// all there after 2 s.
TEST(tokens_of_offline_are_a_rate) {
  Rig rig(TestScenario::Offline);
  rig.settings.use_token_latencies = true;
  rig.settings.min_query_count = 100;
  rig.settings.accuracy_log_probability = 1;
  int64_t tokens = 0;
  rig.sut.issue = [&](const Samples& samples) {
    rig.clock.Advance(2 * kSecond);
    for (size_t i = 0; i < samples.size(); ++i) {
      const auto count = static_cast<int64_t>(5 + i % 3);
      tokens += count;
      QuerySampleResponse response(samples[i].id, 0, 0, count);
      QuerySamplesComplete(&response, 1);
    }
  };
  const Report report = rig.Run();
  CHECK_EQ(report.error_count, 0u);
  CHECK_EQ(report.tokens->token_count, tokens);
  CHECK_EQ(report.tokens->tokens_per_second, static_cast<double>(tokens) / 2);
  const auto lines = fakes::Lines(rig.Accuracy());
  CHECK_EQ(lines.size(), 102u);
  CHECK(lines.at(1).ends_with("\"data\" : \"\", \"token_count\" : 5 },"));
  CHECK(lines.at(3).ends_with("\"data\" : \"\", \"token_count\" : 7 },"));
}

TEST(arrays_complete_samples) {
  Rig rig(TestScenario::Offline);
  rig.settings.accuracy_log_probability = 1;
  const uint8_t rows[][2] = {{1, 2}, {3, 4}, {5, 6}, {7, 8}, {9, 10},
                             {1, 2}, {3, 4}, {5, 6}, {7, 8}, {9, 10}};
  rig.sut.issue = [&](const Samples& samples) {
    CHECK_EQ(samples.size(), 10u);
    ResponseSpan span;
    span.size = 5;
    span.first_id = samples[0].id;
    span.id_stride = 2;
    span.rows = rows;
    span.row_bytes = 2;
    CompleteSamples(span);
    ResponseSpan rest;
    std::vector<ResponseId> ids;
    for (size_t i = 1; i < 10; i += 2) ids.push_back(samples[i].id);
    rest.size = ids.size();
    rest.ids = ids.data();
    CompleteSamples(rest);
  };
  const Report report = rig.Run();
  CHECK_EQ(report.sample_count, 10u);
  CHECK_EQ(report.error_count, 0u);
  const auto lines = fakes::Lines(rig.Accuracy());
  CHECK_EQ(lines.size(), 12u);
  CHECK(lines[2].find("\"seq_id\" : 2, ") != std::string::npos);
  CHECK(lines[2].find("\"data\" : \"0304\"") != std::string::npos);
  CHECK(lines[6].find("\"data\" : \"\"") != std::string::npos);
}

// Server of one at a time, 10 ms each: it cannot keep up with 100 per second.
TEST(find_peak_performance) {
  Rig rig(TestScenario::Server, TestMode::FindPeakPerformance);
  rig.clock.SetAlone();
  rig.settings.server_target_qps = 10;
  rig.settings.server_target_latency_ns = 100 * kMs;
  rig.settings.min_query_count = 1000;
  rig.settings.server_find_peak_qps_decimals_of_precision = 0;
  int64_t free_ns = 0;
  rig.sut.issue = [&](const Samples& samples) {
    free_ns = std::max(free_ns, rig.clock.NowNs()) + 10 * kMs;
    rig.Later(samples, free_ns - rig.clock.NowNs());
  };
  const Report report = rig.Run();
  CHECK_EQ(rig.Failure(), "");
  CHECK(report.valid);
  CHECK(report.settings.target_qps > 40 && report.settings.target_qps < 100);
  CHECK_EQ(report.sample_count, report.query_count);
  CheckNoErrors(rig);

  Keys keys = HeaderKeys(TestScenario::Server);
  keys.emplace_back("generic_message");
  const size_t trials = rig.Values("loaded_qsl_set").size();
  CHECK(trials > 5);
  const auto messages = rig.Values("generic_message");
  CHECK_EQ(messages.at(0), Quoted("Starting FindPeakPerformance mode"));
  CHECK_EQ(messages.at(1),
           Quoted("FindPeakPerformance: Check validity of the base settings field: 10.000000"));
  CHECK_EQ(messages.at(2), Quoted("FindBoundaries: Checking fields [10.000000, 20.000000)"));
  CHECK_EQ(messages.back(), Quoted("FindPeakPerformance: Found peak performance field: " +
                                   base::Fixed(report.settings.target_qps, 6)));
  CHECK_EQ(messages.size(), trials + 3);  // one before each, first, boundaries, peak
  CHECK_EQ(rig.Values("result_validity"), Keys{Quoted("VALID")});
  const auto entries = rig.Detail();
  CHECK_EQ(entries.back().key, "num_errors");
}

TEST(find_peak_performance_that_cannot_start) {
  Rig rig(TestScenario::Server, TestMode::FindPeakPerformance);
  rig.clock.SetAlone();
  rig.settings.server_target_latency_ns = kMs;
  rig.sut.issue = [&](const Samples& samples) { rig.Later(samples, 2 * kMs); };
  const Report report = rig.Run();
  CHECK(!report.valid);
  CHECK_EQ(rig.Values("loaded_qsl_set").size(), 1u);
  CHECK(
      rig.HasError("FindPeakPerformance: Initial lower bound does not satisfy performance "
                   "constraints, msg: Reduce target QPS to improve latency."));
}

// From above, because the first rate is too high: a SUT of one at a time, 10 ms each.
TEST(find_peak_performance_goes_down) {
  Rig rig(TestScenario::Server, TestMode::FindPeakPerformance);
  rig.clock.SetAlone();
  rig.settings.server_target_qps = 400;
  rig.settings.server_target_latency_ns = 100 * kMs;
  rig.settings.server_find_peak_qps_decimals_of_precision = 0;
  int64_t free_ns = 0;
  rig.sut.issue = [&](const Samples& samples) {
    free_ns = std::max(free_ns, rig.clock.NowNs()) + 10 * kMs;
    rig.Later(samples, free_ns - rig.clock.NowNs());
  };
  const Report report = rig.Run();
  CHECK(report.valid);
  CHECK(report.settings.target_qps > 40 && report.settings.target_qps < 100);
  CHECK_EQ(report.peak.value_or(0), report.settings.target_qps);
  CHECK_EQ(report.query_count, 459u);  // as many as early stopping needs
  CHECK_EQ(report.peak_trials.size(), rig.Values("loaded_qsl_set").size());
  CHECK_EQ(report.peak_trials.at(0).load, 400.0);
  CHECK(!report.peak_trials.at(0).valid);
  CHECK(report.peak_trials.at(0).latency_at_target_percentile_ns > 100 * kMs);
  CHECK_EQ(report.peak_trials.at(0).reason, "Reduce target QPS to improve latency.");
  CHECK_EQ(report.peak_trials.at(1).load, 200.0);
  CheckNoErrors(rig);
}

// Too slow for its limit at any rate: two queries of three are in time, whatever the rate.
TEST(find_peak_performance_gives_up_where_no_rate_helps) {
  Rig rig(TestScenario::Server, TestMode::FindPeakPerformance);
  rig.clock.SetAlone();
  rig.settings.server_target_qps = 10;
  rig.settings.server_target_latency_ns = 2 * kMs;
  int64_t queries = 0;
  rig.sut.issue = [&](const Samples& samples) {
    rig.Later(samples, ++queries % 3 == 0 ? 3 * kMs : kMs);
  };
  const Report report = rig.Run();
  CHECK(!report.valid);
  CHECK(!report.peak.has_value());
  CHECK_EQ(report.peak_trials.size(), 2u);
  CHECK(rig.HasError("msg: Reduce target QPS to improve latency."));
}

TEST(peak_search_goes_down) {
  for (const double truth : {0.3, 1.0, 9.9, 37.25, 399.0}) {
    run::PeakSearch search;
    search.start_qps = 400;
    search.decimals = 1;
    search.passes = [&](double qps) { return qps <= truth; };
    search.say = [](const std::string&) {};
    const double found = run::FindPeak(search).value_or(0);
    CHECK(found <= truth);
    CHECK(found > truth - 0.2);
    search.lower_may_pass = [] { return false; };
    CHECK(!run::FindPeak(search).has_value());
  }
}

TEST(peak_search) {
  for (const double truth : {10.0, 10.49, 37.25, 79.99, 80.0, 3000.0}) {
    run::PeakSearch search;
    search.start_qps = 10;
    search.decimals = 1;
    search.passes = [&](double qps) { return qps <= truth; };
    search.say = [](const std::string&) {};
    const double found = run::FindPeak(search).value_or(0);
    CHECK(found <= truth);
    CHECK(found > truth - 0.2);
  }
  run::PeakSearch endless;
  int trials = 0;
  endless.passes = [&](double) { return ++trials < 10000; };
  endless.say = [](const std::string&) {};
  CHECK(run::FindPeak(endless).has_value());
  CHECK(trials < 500);
}

TEST(early_end_is_an_error) {
  Rig rig(TestScenario::SingleStream);
  rig.settings.max_query_count = 4;
  const Report report = rig.Run();
  CHECK(report.complete);
  CHECK(!report.valid);
  CHECK_EQ(report.query_count, 4u);
  CHECK_EQ(report.error_count, 1u);
  CHECK_EQ(report.warning_count, 1u);  // said before the test: 4 is below the minimum
  CHECK(rig.HasError("Max query count reached. query_count 4"));
  CHECK_EQ(rig.Values("num_errors").at(0), "1");
  CHECK(rig.Summary().ends_with(
      "\n1 warning encountered. See detailed log.\n\n1 ERROR encountered. See detailed log.\n"));
}

TEST(notes_come_first) {
  Rig rig(TestScenario::Offline);
  rig.settings.notes.push_back({true, "error_invalid_config", "can't open file nowhere"});
  const Report report = rig.Run();
  CHECK_EQ(rig.Detail().at(0).key, "error_invalid_config");
  CHECK(rig.Detail().at(0).is_error);
  CHECK_EQ(report.error_count, 1u);
}

TEST(progress) {
  Rig rig(TestScenario::Server, TestMode::AccuracyOnly, 10, 5);
  int looks = 0;
  rig.sut.issue = [&](const Samples& samples) {
    const auto before = CurrentProgress();
    CHECK(before.has_value());
    CHECK(before->accuracy);
    CHECK_EQ(before->series_count, 2u);
    CHECK_EQ(before->series, static_cast<uint64_t>(looks / 5));
    CHECK_EQ(before->samples_issued, static_cast<uint64_t>(looks % 5 + 1));
    CHECK_EQ(before->samples_completed, static_cast<uint64_t>(looks % 5));
    CHECK_EQ(before->samples_planned, 5u);
    rig.Block(samples, 3 * kMs);
    ++looks;
  };
  rig.Run();
  CHECK_EQ(looks, 10);
  CHECK(!CurrentProgress().has_value());
}

TEST(without_files_the_report_is_the_same) {
  Rig with_files(TestScenario::Server);
  Rig without(TestScenario::Server);
  without.logs.write_files = false;
  const Report expected = with_files.Run();
  const Report report = without.Run();
  CHECK_EQ(report.latencies_ns, expected.latencies_ns);
  CHECK_EQ(report.completed_samples_per_second, expected.completed_samples_per_second);
  CHECK(report.summary_path.empty());
  CHECK_EQ(expected.summary_path, with_files.folder / "mlperf_log_summary.txt");
  CHECK(!std::filesystem::exists(without.folder / "mlperf_log_summary.txt"));
}

TEST(trace_holds_calls_and_samples) {
  Rig rig(TestScenario::Server);
  rig.logs.enable_trace = true;
  rig.Run();
  std::map<std::string, int> events;
  for (const std::string& line :
       fakes::Lines(fakes::ReadFile(rig.folder / "mlperf_log_trace.json"))) {
    for (const char* event : {"\"IssueQuery\"", "\"QuerySamplesComplete\"", "\"ph\":\"b\"",
                              "\"ph\":\"e\"", "\"Latency\""}) {
      events[event] += line.find(event) != std::string::npos;
    }
  }
  for (const auto& [event, count] : events) CHECK_EQ(event + std::to_string(count), event + "10");
}

// The issuing thread and the results both draw what the plan does not keep of a long series. Their
// arrivals are the same ones: a SUT that takes no time has no latency.
TEST(a_schedule_that_is_not_kept_is_kept_to) {
  Rig rig(TestScenario::Server);
  rig.clock.SetAlone();
  rig.settings.min_query_count = schedule::kKeptQueries + 10'000;
  rig.settings.server_target_qps = 1000;
  uint64_t issued = 0;
  rig.sut.issue = [&](const Samples& samples) {
    rig.Block(samples, 0);
    if (++issued % 100'000 == 0) CHECK_EQ(CurrentProgress()->latency_ns, 0);
  };
  const Report report = rig.Run();
  CHECK(report.complete);
  CHECK_EQ(report.sample_count, rig.settings.min_query_count);
  CHECK_EQ(report.latency_ns.min, 0);
  CHECK_EQ(report.latency_ns.max, 0);
}
