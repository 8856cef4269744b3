// The logs in the words of each round, word for word, and read as the tools of the rounds read
// them.

#include <algorithm>
#include <regex>
#include <string>

#include "check.h"
#include "recorded_case.h"
#include "rig.h"

using mlperf::TestScenario;

namespace {

const std::string kTests = MLPERF_TESTS_DIR;

// Rounds whose logs have the same form share a file.
struct Golden {
  const char* round;
  const char* file;
};

constexpr Golden kRounds[] = {
    {"v0.5", "v0.5"}, {"v0.7", "v0.5"}, {"v1.0", "v1.0"}, {"v1.1", "v1.0"}, {"v2.0", "v2.0"},
    {"v2.1", "v2.1"}, {"v3.0", "v2.1"}, {"v3.1", "v2.1"}, {"v4.0", "v2.1"}, {"v4.1", "v4.1"},
    {"v5.0", "v4.1"}, {"v5.1", "v5.1"}, {"v6.0", "v6.0"}, {"v6.1", "v6.0"},
};

std::string Replaced(const std::string& text, const std::string& expression,
                     const std::string& by) {
  return std::regex_replace(text, std::regex(expression), by);
}

// Without what is another each time, and the line that names the round.
std::string WithoutChance(std::string text) {
  text = Replaced(text, R"(("pid": |"tid": )\d+)", "$1N");
  text = Replaced(text, R"(.*requested_rules.*\n)", "");
  text = Replaced(text,
                  R"((: |")(loadgen_\w+|test_datetime|power_\w+)( : |", "value": ).*?(\n|, "time))",
                  "$1$2$3...$4");
  text = Replaced(text, R"("time_ms": [0-9.]+)", R"("time_ms": T)");
  text = Replaced(text, R"("ts": \d+ns)", R"("ts": Tns)");
  // The metadata that is the same in all lines.
  text = Replaced(text, R"(, "namespace": .*"metadata": )", " ... ");
  text = Replaced(text, R"(, "file": .*\}\})", " ...}}");
  return text;
}

// Up to the latencies: the rest is as in every other test.
std::string Head(const std::string& summary) {
  return summary.substr(0, summary.find("Min latency (ns)"));
}

rig::Rig& Prepare(rig::Rig& rig, const std::string& round) {
  rig.settings.rules = round;
  rig.settings.min_query_count = 80;
  rig.settings.multi_stream_interval_target_qps = 100;
  return rig;
}

std::string Summary(TestScenario scenario, const std::string& round) {
  rig::Rig rig(scenario);
  Prepare(rig, round).Run();
  return rig.Summary();
}

std::string Logs(const std::string& round) {
  rig::Rig rig(TestScenario::SingleStream);
  Prepare(rig, round).Run();
  std::string text = rig.Summary() + "\n" + fakes::ReadFile(rig.folder / "mlperf_log_detail.txt");
  for (const TestScenario scenario :
       {TestScenario::MultiStream, TestScenario::Server, TestScenario::Offline}) {
    text += "\n" + Head(Summary(scenario, round));
  }
  return WithoutChance(text);
}

// What follows the first ": " of the first line that `expression` is found in, as the verification
// scripts read a summary; empty when there is none.
std::string Score(const std::string& summary, const std::string& expression) {
  const std::regex wanted(expression);
  for (const std::string& line : fakes::Lines(summary)) {
    if (std::regex_search(line, wanted)) return line.substr(line.find(": ") + 2);
  }
  return {};
}

}  // namespace

TEST(word_for_word) {
  for (const Golden& golden : kRounds) {
    const std::string path = kTests + "/golden/rounds/" + golden.file + ".txt";
    CHECK_EQ(Logs(golden.round), recorded::ReadFile(path));
  }
}

// Test scripts look for the scenario's name, then for the figure by its label.
TEST(verification_scripts_find_their_figure) {
  for (const Golden& golden : kRounds) {
    const std::string round = golden.round;
    const bool spaced = round < "v1";
    const std::string decimal = round >= "v5.1" ? R"(\.0)" : "";

    const std::string single = Summary(TestScenario::SingleStream, round);
    CHECK_EQ(Score(single, "Scenario"), spaced ? "Single Stream" : "SingleStream");
    CHECK_EQ(Score(single, "Mode"), spaced ? "Performance" : "PerformanceOnly");
    CHECK_EQ(Score(single, "^90" + decimal + "th percentile latency"), "1000000");
    const std::string estimate = "Early stopping 90" + decimal + "th percentile estimate";
    CHECK_EQ(Score(single, estimate), round >= "v2" ? "1000000" : "");

    const std::string server = Summary(TestScenario::Server, round);
    CHECK_EQ(Score(server, "^Scheduled samples per second").empty(), false);
    CHECK_EQ(Score(server, "^Completed samples per second").empty(), false);
    CHECK_EQ(server.find("Scheduled samples") < server.find("Completed samples"), round < "v2");

    const std::string multi = Summary(TestScenario::MultiStream, round);
    CHECK_EQ(Score(multi, "Scenario"), spaced ? "Multi Stream" : "MultiStream");
    if (round < "v2") {
      CHECK_EQ(Score(multi, "^Samples per query"), "8");
    } else {
      CHECK_EQ(Score(multi, "^99" + decimal + "th percentile latency"), "1000000");
    }
    CHECK_EQ(Score(Summary(TestScenario::Offline, round), "^Samples per second").empty(), false);
  }
}

// The checker of v0.7: "name : value" lines of the summary, "ERROR" anywhere in the detail log.
TEST(the_checker_of_v0_7_reads_both) {
  rig::Rig rig(TestScenario::Server);
  rig.settings.server_target_latency_ns = 10 * fakes::kMs;
  Prepare(rig, "v0.7").Run();
  const std::string summary = rig.Summary();
  CHECK_EQ(Score(summary, "^Result is"), "VALID");
  CHECK_EQ(Score(summary, R"(^99\.00 percentile latency \(ns\))"), "1000000");
  CHECK_EQ(Score(summary, R"(^target_latency \(ns\))"), "10000000");
  CHECK_EQ(Score(summary, "^qsl_rng_seed"), "0");
  const std::regex line(R"("pid": \d+, "tid": \d+, "ts": \d+ns : \S.*)");
  const auto lines = fakes::Lines(fakes::ReadFile(rig.folder / "mlperf_log_detail.txt"));
  CHECK(lines.size() > 50);
  for (const std::string& text : lines) {
    CHECK(std::regex_match(text, line));
    CHECK(text.find("ERROR") == std::string::npos);
  }

  // An error is one.
  rig.sut.issue = [&](const fakes::Samples& samples) {
    rig.Block(samples, fakes::kMs);
    rig::Rig::Complete(samples[0].id);
  };
  rig.Run();
  const std::string detail = fakes::ReadFile(rig.folder / "mlperf_log_detail.txt");
  CHECK(std::regex_search(detail, std::regex(R"("ts": \d+ns : ERROR : Attempted)")));
}

// There was no early stopping before v2.0: ten queries are enough where ten were asked for.
TEST(early_stopping_is_a_rule_since_v2_0) {
  for (const Golden& golden : kRounds) {
    rig::Rig rig(TestScenario::SingleStream);
    rig.settings.rules = golden.round;
    const mlperf::Report report = rig.Run();
    CHECK_EQ(report.valid, std::string(golden.round) < "v2");
    CHECK_EQ(report.settings.rules, golden.round);
  }
}

// Until v5.1 the performance set is the beginning of the whole library's shuffle.
TEST(the_performance_set_of_the_round) {
  const auto loaded = [](const std::string& round, size_t total) {
    rig::Rig rig(TestScenario::SingleStream, mlperf::TestMode::PerformanceOnly, total, 8);
    rig.settings.rules = round;
    rig.settings.qsl_rng_seed = 7;
    rig.Run();
    return rig.qsl.loaded.at(0);
  };
  for (const Golden& golden : kRounds) {
    const bool of_all = std::string(golden.round) < "v6";
    const auto set = loaded(golden.round, 64);
    CHECK_EQ(set.size(), size_t{8});
    const bool beginning = *std::max_element(set.begin(), set.end()) < 8;
    CHECK_EQ(beginning, !of_all);
    if (!of_all) continue;
    // As accuracy mode cuts it.
    rig::Rig accuracy(TestScenario::SingleStream, mlperf::TestMode::AccuracyOnly, 64, 8);
    accuracy.settings.qsl_rng_seed = 7;
    accuracy.Run();
    CHECK(set == accuracy.qsl.loaded.at(0));
  }
}

// What SUTs of the rounds until v1.1 override.
TEST(latencies_are_reported_to_the_sut) {
  struct OldSut : fakes::FakeSut {
    std::vector<mlperf::QuerySampleLatency> latencies;
    int calls = 0;
    void ReportLatencyResults(const std::vector<mlperf::QuerySampleLatency>& results) override {
      latencies = results;
      ++calls;
    }
  };
  for (const mlperf::TestMode mode :
       {mlperf::TestMode::PerformanceOnly, mlperf::TestMode::SubmissionRun,
        mlperf::TestMode::AccuracyOnly}) {
    rig::Rig rig(TestScenario::SingleStream, mode);
    OldSut sut;
    int64_t next_ms = 0;
    sut.issue = [&](const fakes::Samples& samples) { rig.Block(samples, ++next_ms * fakes::kMs); };
    std::exception_ptr failure;
    mlperf::run::Run test(sut, rig.qsl, rig.settings, rig.logs, "", {}, rig.clock);
    const mlperf::Report report = test.Execute(&failure);
    const bool measured = mode != mlperf::TestMode::AccuracyOnly;
    CHECK_EQ(sut.calls, measured ? 1 : 0);
    CHECK(sut.latencies == report.latencies_ns);
    if (measured) CHECK_EQ(sut.latencies.at(1) - sut.latencies.at(0), fakes::kMs);
  }
}
