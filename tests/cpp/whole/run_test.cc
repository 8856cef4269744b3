// Whole tests that go as they should.

#include "run/run.h"

#include <filesystem>
#include <map>
#include <set>

#include "base/text.h"
#include "check.h"
#include "rig.h"

using namespace mlperf;
using fakes::kMs;
using fakes::kSecond;
using fakes::Samples;
using rig::Rig;

namespace {

constexpr TestScenario kScenarios[] = {TestScenario::SingleStream, TestScenario::MultiStream,
                                       TestScenario::Server, TestScenario::Offline,
                                       TestScenario::MultiStreamFixedInterval};

std::string Quoted(const std::string& text) { return "\"" + text + "\""; }

}  // namespace

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

// Each query takes 1 ms to complete, and its issue call 3 ms more to return.
TEST(time_between_queries_is_not_latency) {
  Rig rig(TestScenario::SingleStream);
  rig.settings.min_query_count = 10;
  rig.sut.issue = [&](const Samples& samples) {
    rig.Block(samples, kMs);
    rig.clock.Advance(3 * kMs);
  };
  const Report report = rig.Run();
  CHECK_EQ(report.query_count, 10u);
  CHECK_EQ(report.loadgen_overhead->gap_ns.min, 3 * kMs);
  CHECK_EQ(report.loadgen_overhead->gap_ns.max, 3 * kMs);
  CHECK_EQ(base::Fixed(report.loadgen_overhead->share, 9), base::Fixed(27.0 / 37, 9));
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
