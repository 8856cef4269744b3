// Whole tests that go wrong. After each, the next test of the process goes as if nothing had been.

#include <atomic>
#include <stdexcept>
#include <thread>

#include "check.h"
#include "errors.h"
#include "rig.h"
#include "run/current.h"

using namespace mlperf;
using fakes::kMs;
using fakes::kSecond;
using fakes::Samples;
using rig::Rig;

namespace {

void CheckNextTestWorks() {
  Rig rig(TestScenario::SingleStream);
  rig.settings.min_query_count = 70;
  const Report report = rig.Run();
  CHECK_EQ(rig.Failure(), "");
  CHECK(report.valid);
  CHECK_EQ(report.error_count, 0u);
  CHECK_THROWS(checked::CompleteSamples({}), StateError, "no test is running");
}

// The run ended badly, and every file says so.
void CheckLabelled(const Rig& rig, const Report& report, const std::string& reason) {
  CHECK(!report.complete);
  CHECK(!report.valid);
  CHECK(report.end_reason.find(reason) != std::string::npos);
  CHECK(report.error_count > 0);
  CHECK(rig.HasError(reason));
  CHECK(rig.Accuracy().ends_with("\n]\n"));
  if (report.has_performance) {
    CHECK(rig.Summary().find("Result is : INVALID\n") != std::string::npos);
    CHECK(rig.Summary().find(" * The test did not run to its end: ") != std::string::npos);
    CHECK(rig.Summary().find(reason) != std::string::npos);
    CHECK_EQ(rig.Values("result_validity"), std::vector<std::string>{"\"INVALID\""});
  }
  CHECK(rig.Summary().find("ERROR") != std::string::npos);
}

}  // namespace

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
  CheckLabelled(rig, report, "an exception that is no std::exception");
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

TEST(ids_that_name_nothing) {
  ResponseId old_id = 0;
  for (int round = 0; round < 2; ++round) {
    Rig rig(TestScenario::SingleStream);
    rig.settings.min_query_count = 70;
    rig.sut.issue = [&](const Samples& samples) {
      const ResponseId id = samples[0].id;
      if (round == 1 && (id & 0xFF) == 5) {
        Rig::Complete(0);
        Rig::Complete(12345);
        Rig::Complete(~ResponseId{0});
        Rig::Complete(old_id);
        Rig::Complete(id + 1);  // the next query's
      }
      if (round == 0) old_id = id;
      rig.Block(samples, kMs);
    };
    const Report report = rig.Run();
    CHECK_EQ(rig.Failure(), "");
    CHECK(report.complete);
    CHECK_EQ(report.sample_count, 70u);
    if (round == 0) continue;
    CHECK(!report.valid);
    CHECK(report.min_queries_met && report.early_stopping_met);
    CHECK_EQ(report.error_count, 5u);
    CHECK_EQ(report.errors.size(), 3u);
    CHECK_EQ(report.recommendations.size(), 3u);
    CHECK(rig.HasError("Received completion for an id that was never issued. Response id: 0\""));
    CHECK(rig.HasError("Response id: 0 (the first of 3)"));
    CHECK(rig.HasError("Received completion for an old sample. Response id: " +
                       std::to_string(old_id)));
    CHECK(rig.HasError("a sample that is not issued yet"));
    CHECK_EQ(rig.Values("num_errors").at(0), "5");
    CHECK(rig.Summary().ends_with("\n5 ERRORS encountered. See detailed log.\n"));
  }
  CheckNextTestWorks();
}

// In a call with good ones, which count; in MultiStream the query still waits for all of its own.
TEST(completed_twice) {
  for (const TestScenario scenario :
       {TestScenario::SingleStream, TestScenario::MultiStream, TestScenario::Offline}) {
    Rig rig(scenario);
    rig.sut.issue = [&](const Samples& samples) {
      std::vector<QuerySampleResponse> responses;
      for (const QuerySample& sample : samples) {
        responses.emplace_back(sample.id, 0, 0);
        responses.emplace_back(sample.id, 0, 0);
      }
      rig.clock.Advance(kMs);
      QuerySamplesComplete(responses.data(), responses.size());
    };
    const Report report = rig.Run();
    CHECK(report.complete);
    CHECK(!report.valid);
    CHECK_EQ(report.error_count, report.sample_count);
    CHECK_EQ(report.missing_samples, 0u);
    CHECK_EQ(report.latency_ns.max, kMs);
    CHECK(rig.HasError("Attempted to complete a sample twice."));
    CheckNextTestWorks();
  }
}

TEST(data_without_an_address) {
  Rig rig(TestScenario::Offline, TestMode::AccuracyOnly, 4, 4);
  rig.sut.issue = [](const Samples& samples) {
    for (const QuerySample& sample : samples) {
      QuerySampleResponse response(sample.id, 0, 100);
      QuerySamplesComplete(&response, 1);
    }
  };
  const Report report = rig.Run();
  CHECK_EQ(report.error_count, 4u);
  CHECK(rig.HasError("of some size but without data"));
  CHECK_EQ(rig.AccuracyRecords(), 4u);
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

// While samples are loaded, no series is there that an id could be of.
TEST(completion_between_two_series) {
  Rig rig(TestScenario::Offline, TestMode::AccuracyOnly, 10, 5);
  ResponseId id = 0;
  rig.sut.issue = [&](const Samples& samples) {
    id = samples[0].id;
    rig.Block(samples, kMs);
  };
  rig.qsl.before_unload = [&] { Rig::Complete(id); };
  const Report report = rig.Run();
  CHECK(report.complete);
  CHECK_EQ(report.error_count, 2u);
  CHECK(rig.HasError("Received completion for an old sample."));
  CheckNextTestWorks();
}

// On a thread of the SUT, where nobody may be there to catch.
TEST(response_callback_throws) {
  for (const bool standard : {true, false}) {
    Rig rig(TestScenario::Offline, TestMode::AccuracyOnly, 4, 4);
    rig.sut.issue = [&](const Samples& samples) {
      std::thread([&] {
        for (const QuerySample& sample : samples) {
          Rig::Complete(sample.id, [&](QuerySampleResponse*) {
            if (sample.id != samples[2].id) return;
            if (standard) throw std::runtime_error("cannot copy");
            throw 7;
          });
        }
      }).join();
    };
    const Report report = rig.Run();
    CHECK(rig.failure != nullptr);
    CheckLabelled(rig, report,
                  standard ? "ended by an exception: cannot copy"
                           : "ended by an exception: an exception that is no std::exception");
    CHECK_EQ(rig.AccuracyRecords(), 4u);
    CheckNextTestWorks();
  }
}

// Where it is said that the caller catches, what the callback throws is the caller's, and the run
// goes on.
TEST(response_callback_throws_at_a_caller_who_catches) {
  Rig rig(TestScenario::Offline, TestMode::AccuracyOnly, 4, 4);
  rig.sut.issue = [](const Samples& samples) {
    for (const QuerySample& sample : samples) {
      const bool bad = sample.id == samples[2].id;
      const auto complete = [&] {
        QuerySampleResponse response(sample.id, 0, 0);
        checked::QuerySamplesComplete(&response, 1, [&](QuerySampleResponse*) {
          if (bad) throw std::runtime_error("cannot copy");
        });
      };
      std::thread([&] {
        if (!bad) return complete();
        CHECK_THROWS(complete(), std::runtime_error, "cannot copy");
      }).join();
    }
  };
  const Report report = rig.Run();
  CHECK(report.complete);
  CHECK_EQ(report.missing_samples, 0u);
  CHECK_EQ(rig.AccuracyRecords(), 4u);
  CHECK(rig.Accuracy().find("\"qsl_idx\" : 2, \"data\" : \"\"") != std::string::npos);
  CHECK(rig.HasError("A response callback threw an exception."));
  CHECK(rig.Summary().find("Result is : INVALID") != std::string::npos);
  CheckNextTestWorks();
}

// Inside a callback the completing thread counts as inside the run, which its end waits for.
TEST(response_callback_calls_the_library) {
  Rig rig(TestScenario::Offline, TestMode::AccuracyOnly, 4, 4);
  rig.sut.issue = [](const Samples& samples) {
    Rig::Complete(samples[0].id, [&](QuerySampleResponse*) {
      Rig::Complete(samples[1].id);
      CHECK(CurrentProgress().has_value());
      AbortTest();
    });
  };
  const Report report = rig.Run();
  CheckLabelled(rig, report, "The test was aborted.");
  CHECK_EQ(rig.AccuracyRecords(), 2u);
  CheckNextTestWorks();
}

TEST(response_callback_aborts_while_the_run_ends) {
  Rig rig(TestScenario::Offline, TestMode::AccuracyOnly, 2, 2);
  std::atomic<bool> inside{false};
  std::thread completer;
  rig.sut.issue = [&](const Samples& samples) {
    completer = std::thread([&inside, id = samples[0].id] {
      Rig::Complete(id, [&](QuerySampleResponse*) {
        inside = true;
        // Until the run is over but for waiting for this thread.
        const auto in_series = [] {
          bool found = false;
          std::thread([&] {
            const base::Door<run::Run>::Visit visit(run::CurrentRun(), std::try_to_lock);
            found = static_cast<bool>(visit);
          }).join();
          return found;
        };
        while (in_series()) std::this_thread::yield();
        AbortTest();
        CHECK(CurrentProgress().has_value());
      });
    });
    while (!inside) std::this_thread::yield();
    throw std::runtime_error("enough");
  };
  const Report report = rig.Run();
  completer.join();
  CHECK_EQ(rig.Failure(), "enough");
  CHECK(!report.complete);
  CheckNextTestWorks();
}

TEST(token_faults) {
  Rig rig(TestScenario::SingleStream);
  rig.settings.use_token_latencies = true;
  rig.settings.min_query_count = 70;
  rig.sut.issue = [&](const Samples& samples) {
    const uint64_t query = track::PlaceOf(samples[0].id);
    QuerySampleResponse response(samples[0].id, 0, 0, 5);
    rig.clock.Advance(kMs);
    if (query == 1) response.n_tokens = 0;
    if (query == 2) response.n_tokens = -3;
    if (query == 3) response.n_tokens = 1;
    if (query != 4) FirstTokenComplete(&response, 1);
    if (query == 5) FirstTokenComplete(&response, 1);
    rig.clock.Advance(kMs);
    QuerySamplesComplete(&response, 1);
    if (query == 6) FirstTokenComplete(&response, 1);
  };
  const Report report = rig.Run();
  CHECK(report.complete);
  CHECK_EQ(report.error_count, 6u);
  CHECK_EQ(report.errors.size(), 6u);
  for (const char* text : {"Attempted to record a sample latency before it's first token latency",
                           "Attempted to record token latency after sample was completed",
                           "Attempted to record the first token of a sample twice.",
                           "n_tokens argument missing or attempted to record 0 as number of tokens",
                           "Attempted to record a negative number of tokens",
                           "Number of tokens need to be greater than 1"}) {
    CHECK(rig.HasError(text));
  }
  CHECK_EQ(report.tokens->token_count, 67 * 5 + 1);
  CheckNextTestWorks();
}

// One wrong first token among a thousand makes the times of first tokens other than they were. In
// Offline and in accuracy mode no figure is made of them.
TEST(wrong_first_tokens_invalidate) {
  enum class Wrong { kNothing, kMissing, kLate, kTwice };
  for (const TestScenario scenario : {TestScenario::SingleStream, TestScenario::MultiStream,
                                      TestScenario::Server, TestScenario::Offline}) {
    for (const Wrong wrong : {Wrong::kNothing, Wrong::kMissing, Wrong::kLate, Wrong::kTwice}) {
      for (const bool arrays : {false, true}) {
        Rig rig(scenario);
        rig.settings.use_token_latencies = true;
        rig.settings.min_query_count = 1000;
        rig.settings.server_target_qps = 100;
        rig.settings.server_ttft_latency = rig.settings.server_tpot_latency = kSecond;
        rig.sut.issue = [&](const Samples& samples) {
          const auto first_token = [&](ResponseId id) {
            QuerySampleResponse response(id, 0, 0);
            const ResponseSpan span{.size = 1, .ids = &id};
            arrays ? CompleteFirstTokens(span) : FirstTokenComplete(&response, 1);
          };
          rig.clock.Advance(kMs);
          for (const QuerySample& sample : samples) {
            const bool hit = track::PlaceOf(sample.id) == 7;
            if (!hit || wrong == Wrong::kNothing || wrong == Wrong::kTwice) first_token(sample.id);
            if (hit && wrong == Wrong::kTwice) first_token(sample.id);
          }
          rig.clock.Advance(kMs);
          for (const QuerySample& sample : samples) {
            const bool hit = track::PlaceOf(sample.id) == 7;
            const int64_t n_tokens = 5;
            QuerySampleResponse response(sample.id, 0, 0, n_tokens);
            const ResponseSpan span{.size = 1, .ids = &sample.id, .n_tokens = &n_tokens};
            arrays ? CompleteSamples(span) : QuerySamplesComplete(&response, 1);
            if (hit && wrong == Wrong::kLate) first_token(sample.id);
          }
        };
        const Report report = rig.Run();
        CHECK(report.complete);
        CHECK_EQ(report.valid, scenario == TestScenario::Offline || wrong == Wrong::kNothing);
        if (!report.valid) {
          CHECK(report.recommendations.at(0).starts_with("Attempted to record"));
          CHECK(rig.Summary().find(" * Attempted to record ") != std::string::npos);
        }
      }
    }
  }
  Rig accuracy(TestScenario::SingleStream, TestMode::AccuracyOnly);
  accuracy.settings.use_token_latencies = true;
  accuracy.sut.issue = [](const Samples& samples) {
    QuerySampleResponse response(samples[0].id, 0, 0, 5);
    QuerySamplesComplete(&response, 1);
  };
  const Report report = accuracy.Run();
  CHECK(report.error_count > 0);
  CHECK(report.recommendations.empty());
}

TEST(more_tokens_than_a_sample_can_have) {
  Rig rig(TestScenario::Offline);
  rig.settings.use_token_latencies = true;
  rig.sut.issue = [&](const Samples& samples) {
    rig.clock.Advance(kSecond);
    for (const QuerySample& sample : samples) {
      const bool absurd = track::PlaceOf(sample.id) < 2;
      const int64_t n_tokens = absurd ? (int64_t{1} << 62) : track::kMostTokens;
      QuerySampleResponse response(sample.id, 0, 0, n_tokens);
      QuerySamplesComplete(&response, 1);
    }
  };
  const Report report = rig.Run();
  CHECK(!report.valid);
  CHECK_EQ(report.error_count, 2u);
  CHECK(rig.HasError("more tokens than a sample can have"));
  CHECK_EQ(report.tokens->token_count,
           static_cast<int64_t>(report.sample_count - 2) * track::kMostTokens);
}

// Time to first token is counted from when the query was due, not from when it was issued.
TEST(first_tokens_are_timed_from_the_schedule) {
  Rig rig(TestScenario::Server);
  rig.settings.use_token_latencies = true;
  rig.settings.server_target_qps = 1e6;
  rig.settings.min_query_count = 20;
  rig.settings.max_query_count = 20;
  rig.sut.issue = [&](const Samples& samples) {
    rig.clock.Advance(10 * kMs);  // each query waits for those before it
    QuerySampleResponse response(samples[0].id, 0, 0, 2);
    FirstTokenComplete(&response, 1);
    rig.clock.Advance(kMs);
    QuerySamplesComplete(&response, 1);
  };
  const Report report = rig.Run();
  for (size_t i = 0; i < 20; ++i) {
    const int64_t waited_ns = report.ttft_latencies_ns.at(i) - 10 * kMs;
    CHECK(waited_ns > 11 * kMs * static_cast<int64_t>(i) - kMs);
    CHECK_EQ(report.latencies_ns.at(i) - report.ttft_latencies_ns.at(i), kMs);
    CHECK_EQ(report.tpot_latencies_ns.at(i), kMs);
  }
}

// Accuracy mode is run for the answers.
TEST(responses_without_data_are_counted) {
  for (const TestMode mode :
       {TestMode::AccuracyOnly, TestMode::SubmissionRun, TestMode::PerformanceOnly}) {
    Rig rig(TestScenario::SingleStream, mode, 10, 10);
    const uint8_t answer = 1;
    rig.sut.issue = [&](const Samples& samples) {
      const bool has_answer = samples[0].index % 2 == 0;
      QuerySampleResponse response(samples[0].id, reinterpret_cast<uintptr_t>(&answer),
                                   has_answer ? 1 : 0);
      rig.clock.Advance(kMs);
      QuerySamplesComplete(&response, 1);
    };
    const Report report = rig.Run();
    CHECK_EQ(rig.Failure(), "");
    CHECK_EQ(report.error_count, 0u);
    const bool logs = mode != TestMode::PerformanceOnly;
    CHECK_EQ(report.empty_response_count, logs ? 5u : 0u);
    CHECK_EQ(report.warnings.size(), logs ? 1u : 0u);
    CHECK_EQ(rig.Summary().find("5 responses have no data") != std::string::npos, logs);
    if (logs) CHECK(report.warnings[0].starts_with("5 responses have no data"));
  }
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

// The usual mistake: an index where an id belongs.
TEST(ids_that_nobody_has_are_named) {
  Rig rig(TestScenario::Offline, TestMode::PerformanceOnly, 10, 10);
  rig.settings.drain_timeout_ms = 1000;
  rig.sut.issue = [&](const Samples& samples) {
    for (const QuerySample& sample : samples) Rig::Complete(sample.index);
    rig.clock.SetTick(kSecond);
  };
  const Report report = rig.Run();
  CHECK_THROWS(std::rethrow_exception(rig.failure), IncompleteError,
               " completions named ids that were never issued (first: ");
  CHECK(rig.Failure().ends_with("): is it sample.index instead of sample.id?"));
  CHECK(report.end_reason.find("sample.index") != std::string::npos);
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
