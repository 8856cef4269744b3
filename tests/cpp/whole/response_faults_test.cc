// Responses that are wrong, late or twice there, and callbacks for responses that misbehave.

#include <atomic>
#include <stdexcept>
#include <thread>

#include "check.h"
#include "mlperf_loadgen/errors.h"
#include "rig.h"
#include "run/current.h"
#include "run/session.h"
#include "whole/after_a_fault.h"

using namespace mlperf;
using fakes::kMs;
using fakes::kSecond;
using fakes::Samples;
using rig::Rig;

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
                           : "ended by an exception: an exception that is not a std::exception");
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
            const base::GuardedPtr<run::Session>::Access access(run::CurrentSession(),
                                                                std::try_to_lock);
            found = static_cast<bool>(access);
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
