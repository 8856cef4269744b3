// Tests that a SUT, a library, a poll or an abort cuts short, or that cannot begin.

#include <stdexcept>
#include <thread>

#include "check.h"
#include "mlperf_loadgen/errors.h"
#include "rig.h"
#include "whole/after_a_fault.h"

using namespace mlperf;
using fakes::kMs;
using fakes::kSecond;
using fakes::Samples;
using rig::Rig;

TEST(sut_throws_in_issue_query) {
  for (const TestMode mode : {TestMode::PerformanceOnly, TestMode::AccuracyOnly}) {
    Rig rig(TestScenario::SingleStream, mode);
    int queries = 0;
    rig.sut.issue = [&](const Samples& samples) {
      if (++queries == 4) throw std::runtime_error("no \"more\"\nmemory");
      rig.Block(samples, kMs);
    };
    const Report report = rig.Run();
    CHECK_EQ(rig.Failure(), "no \"more\"\nmemory");
    CheckLabelled(rig, report, "The test was ended by an exception: no ");
    CHECK_EQ(report.missing_samples, 1u);
    CHECK(report.end_reason.find(
              "1 of 4 issued samples were never completed: sample 3 (of query 3") !=
          std::string::npos);
    if (mode == TestMode::PerformanceOnly) {
      CHECK_EQ(report.query_count, 4u);
      CHECK_EQ(report.sample_count, 3u);
    }
    CheckNextTestWorks();
  }
}

TEST(sut_throws_what_is_no_exception) {
  Rig rig(TestScenario::Offline);
  rig.sut.issue = [](const Samples&) { throw 7; };
  const Report report = rig.Run();
  CHECK(rig.failure != nullptr);
  CheckLabelled(rig, report, "an exception that is not a std::exception");
  CheckNextTestWorks();
}

TEST(sut_throws_in_flush) {
  Rig rig(TestScenario::Offline);
  rig.sut.flush = [] { throw std::runtime_error("broken flush"); };
  const Report report = rig.Run();
  CHECK_EQ(rig.Failure(), "broken flush");
  CheckLabelled(rig, report, "broken flush");
  CHECK_EQ(report.missing_samples, 0u);
  CheckNextTestWorks();
}

TEST(sut_throws_in_name) {
  Rig rig(TestScenario::Server);
  rig.settings.server_target_qps = 7;
  rig.sut.before_name = [] { throw std::runtime_error("no name"); };
  const Report report = rig.Run();
  CHECK_EQ(rig.Failure(), "no name");
  CheckLabelled(rig, report, "no name");
  CHECK(rig.qsl.loaded.empty());
  CHECK_EQ(report.settings.target_qps, 7.0);
  CheckNextTestWorks();
}

TEST(qsl_throws) {
  {
    Rig rig(TestScenario::Offline);
    rig.qsl.before_load = [] { throw std::runtime_error("no such sample"); };
    CheckLabelled(rig, rig.Run(), "no such sample");
    CHECK_EQ(rig.Failure(), "no such sample");
    CheckNextTestWorks();
  }
  Rig rig(TestScenario::Offline);
  rig.qsl.before_unload = [] { throw std::runtime_error("cannot unload"); };
  const Report report = rig.Run();
  CHECK_EQ(rig.Failure(), "cannot unload");
  CheckLabelled(rig, report, "cannot unload");
  CHECK_EQ(report.sample_count, 10u);
  CheckNextTestWorks();
}

// The figures are of the performance run, of which there was none.
TEST(submission_that_ends_between_its_parts) {
  Rig rig(TestScenario::SingleStream, TestMode::SubmissionRun, 8, 8);
  rig.qsl.before_load = [&] {
    if (!rig.qsl.loaded.empty()) throw std::runtime_error("no second time");
  };
  const Report report = rig.Run();
  CheckLabelled(rig, report, "no second time");
  CHECK_EQ(report.accuracy_sample_count, 8u);
  CHECK_EQ(rig.AccuracyRecords(), 8u);
  CHECK_EQ(report.query_count, 0u);
  CHECK(report.latencies_ns.empty());
  CheckNextTestWorks();
}

TEST(poll_throws) {
  Rig rig(TestScenario::SingleStream);
  rig.sut.issue = [&](const Samples& samples) { rig.Block(samples, kSecond); };
  int polls = 0;
  rig.poll = [&] {
    if (++polls == 4) throw std::runtime_error("Ctrl-C");
  };
  const Report report = rig.Run();
  CHECK_EQ(rig.Failure(), "Ctrl-C");
  CheckLabelled(rig, report, "Ctrl-C");
  // Issued at 0, 1 and 2 s; polled twice while that was planned, and after all but the first.
  CHECK_EQ(report.sample_count, 3u);
  CheckNextTestWorks();
}

TEST(never_completed) {
  for (const TestMode mode : {TestMode::PerformanceOnly, TestMode::AccuracyOnly}) {
    Rig rig(TestScenario::Offline, mode, 10, 10);
    rig.settings.drain_timeout_ms = 3000;
    rig.sut.issue = [&](const Samples& samples) {
      rig.Block({samples[0], samples[1], samples[3]}, kMs);
      rig.clock.SetTick(kSecond);
    };
    const Report report = rig.Run();
    CHECK_THROWS(std::rethrow_exception(rig.failure), IncompleteError,
                 "7 of 10 issued samples were never completed: samples 2 (of query 0, library");
    CHECK(rig.Failure().ends_with(", ..."));
    CheckLabelled(rig, report, "Samples were not completed in time.");
    CHECK_EQ(report.missing_samples, 7u);
    CHECK_EQ(rig.AccuracyRecords(), mode == TestMode::AccuracyOnly ? 3u : 0u);
    // The SUT may be at work on them still.
    CHECK(rig.qsl.unloaded.empty());
    CheckNextTestWorks();
  }
}

// The limit of the whole test is also the longest wait.
TEST(never_completed_with_max_duration) {
  Rig rig(TestScenario::SingleStream);
  rig.settings.max_duration_ms = 3000;
  rig.sut.issue = [&](const Samples&) { rig.clock.SetTick(kSecond); };
  const Report report = rig.Run();
  CHECK_THROWS(std::rethrow_exception(rig.failure), IncompleteError, "1 of 1 issued");
  CheckLabelled(rig, report, "Samples were not completed in time.");
  CheckNextTestWorks();
}

TEST(aborted_by_another_thread) {
  for (const TestScenario scenario :
       {TestScenario::SingleStream, TestScenario::Server, TestScenario::Offline}) {
    Rig rig(scenario);
    rig.settings.min_query_count = 100;
    std::thread aborter;
    rig.sut.issue = [&](const Samples&) {
      if (!aborter.joinable()) aborter = std::thread([] { AbortTest(); });
    };
    const Report report = rig.Run();
    aborter.join();
    CHECK(rig.failure == nullptr);
    CheckLabelled(rig, report, "The test was aborted.");
    CHECK(report.missing_samples > 0);
    CHECK(rig.qsl.unloaded.empty());
    CheckNextTestWorks();
  }
}

TEST(aborted_between_two_series) {
  Rig rig(TestScenario::Offline, TestMode::AccuracyOnly, 10, 5);
  rig.qsl.before_unload = [] { AbortTest(); };
  const Report report = rig.Run();
  CheckLabelled(rig, report, "The test was aborted.");
  CHECK_EQ(rig.qsl.loaded.size(), 1u);
  CHECK_EQ(rig.AccuracyRecords(), 5u);
  CheckNextTestWorks();
}

TEST(abort_without_a_test) {
  AbortTest();
  CheckNextTestWorks();
}

TEST(second_test_at_once) {
  Rig rig(TestScenario::SingleStream);
  rig.settings.min_query_count = 70;
  Rig second(TestScenario::SingleStream);
  int refused = 0;
  rig.sut.issue = [&](const Samples& samples) {
    try {
      second.Run();
    } catch (const StateError&) {
      ++refused;
    }
    std::thread([&] { CHECK_THROWS(second.Run(), StateError, "already running"); }).join();
    rig.Block(samples, kMs);
  };
  const Report report = rig.Run();
  CHECK_EQ(refused, 70);
  CHECK(report.valid);
  CHECK_EQ(report.error_count, 0u);
  CHECK(!std::filesystem::exists(second.folder / "mlperf_log_detail.txt"));
  CHECK(second.qsl.loaded.empty());
  CheckNextTestWorks();
}

TEST(an_endless_exception_text_is_cut) {
  Rig rig(TestScenario::SingleStream);
  const std::string endless(20'000'000, '\x1b');
  rig.sut.issue = [&](const Samples&) { throw std::runtime_error(endless); };
  const Report report = rig.Run();
  CHECK(rig.Failure() == endless);  // the exception itself is nobody's to change
  CHECK(report.end_reason.find("(cut: 20000000 bytes)") != std::string::npos);
  CHECK(report.end_reason.size() < 100'000);
  CHECK(rig.Summary().size() < 100'000);
  CHECK(fakes::ReadFile(rig.folder / "mlperf_log_detail.txt").size() < 500'000);
  CHECK(rig.Summary().find('\x1b') == std::string::npos);
}

TEST(names_cannot_write_lines_of_the_summary) {
  Rig rig(TestScenario::SingleStream);
  rig.settings.min_query_count = 64;
  rig.sut.name = "x\xc2\x85Result is : VALID\x1b[2J\nResult is : VALID";
  CHECK(rig.Run().valid);
  CHECK(rig.Summary().find(R"(SUT name : x\x85Result is : VALID\x1b[2J Result is : VALID)") !=
        std::string::npos);
  const std::string detail = fakes::ReadFile(rig.folder / "mlperf_log_detail.txt");
  CHECK(detail.find("\xc2\x85") == std::string::npos);
  CHECK(detail.find("x\\u0085Result is : VALID\\u001B[2J\\nResult") != std::string::npos);
}

TEST(warnings_have_their_texts) {
  Rig rig(TestScenario::SingleStream);
  rig.settings.min_query_count = 64;
  rig.settings.performance_sample_count_override = 1000;
  rig.settings.FromConfig("", "*", "MultiStreams", 0);
  rig.settings.FromConfig("", "*", "MultiStreams", 0);
  const Report report = rig.Run();
  CHECK_EQ(report.warning_count, 3u);
  CHECK_EQ(report.warnings.size(), 2u);
  CHECK_EQ(report.warnings[0],
           "unknown scenario 'MultiStreams'; the nearest known is 'MultiStream', asked for in "
           "FromConfig (2 times)");
  CHECK_EQ(report.warnings[1],
           "performance_sample_count_override = 1000 is more than the library's 64 samples: 64 are "
           "used");
  CHECK_EQ(report.settings.performance_sample_count, 64u);
}

TEST(nothing_runs_with_bad_settings_or_files) {
  Rig nowhere(TestScenario::Server);
  nowhere.sut.before_name = [] { CHECK(!"reached the SUT"); };
  nowhere.settings.scenario = static_cast<TestScenario>(99);
  CHECK_THROWS(nowhere.Run(), SettingsError, "scenario = 99: must be SingleStream, ");
  nowhere.settings.scenario = TestScenario::Server;
  nowhere.logs.log_mode = static_cast<LoggingMode>(99);
  CHECK_THROWS(nowhere.Run(), SettingsError, "log_mode = 99: must be AsyncPoll, ");

  Rig rig(TestScenario::Server);
  rig.settings.server_target_qps = 0;
  rig.settings.server_target_latency_percentile = 1.5;
  CHECK_THROWS(rig.Run(), SettingsError, "server_target_qps = 0");
  CHECK_THROWS(rig.Run(), SettingsError, "server_target_latency_percentile = 1.5");
  CHECK(!std::filesystem::exists(rig.folder / "mlperf_log_detail.txt"));

  Rig missing(TestScenario::Server);
  missing.logs.log_output.outdir = missing.folder / "missing";
  missing.sut.before_name = [] { CHECK(!"reached the SUT"); };
  CHECK_THROWS(missing.Run(), OutputError, "cannot open");
  CheckNextTestWorks();
}

TEST(public_functions_refuse_null) {
  fakes::FakeQsl qsl;
  fakes::FakeSut sut;
  CHECK_THROWS(StartTest(nullptr, &qsl, {}, {}), SettingsError, "sut");
  CHECK_THROWS(StartTest(&sut, nullptr, {}, {}), SettingsError, "qsl");
}

// Through the real clock: the exception comes out of StartTest, or beside the report of RunTest.
TEST(start_test_throws_what_the_sut_threw) {
  const fakes::Folder folder;
  fakes::FakeQsl qsl;
  fakes::FakeSut sut;
  sut.issue = [](const Samples&) { throw std::runtime_error("broken"); };
  TestSettings settings;
  settings.scenario = TestScenario::Offline;
  settings.min_duration_ms = 0;
  CHECK_THROWS(StartTest(&sut, &qsl, settings, folder.Logs(), ""), std::runtime_error, "broken");
  std::exception_ptr failure;
  const Report report = RunTest(&sut, &qsl, settings, folder.Logs(), "", {}, &failure);
  CHECK(failure != nullptr);
  CHECK_EQ(report.missing_samples, 100u);
  CheckNextTestWorks();
}
