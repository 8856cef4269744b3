// Several threads that issue one Server test: who issues what, and how it ends.

#include "run/issue_threads.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <numeric>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/thread_id.h"
#include "check.h"
#include "fakes.h"
#include "mlperf_loadgen/embedding.h"
#include "mlperf_loadgen/mlperf_loadgen.h"
#include "mlperf_loadgen/sample_queue.h"
#include "rig.h"
#include "run/registered_threads.h"

using namespace mlperf;
using namespace registered;

TEST(each_query_is_issued_once_by_its_thread) {
  Bench alone(0);
  CHECK(alone.Run().valid);
  const auto expected = ByPlace(alone.sut.TakeCalls());
  CHECK_EQ(expected.size(), 500u);
  for (const size_t n : {1, 2, 3, 7}) {
    Bench bench(n);
    const RegisteredThreads registered(n);
    const Report report = bench.Run();
    CHECK(report.valid);
    CHECK_EQ(report.query_count, 500u);
    CHECK_EQ(report.missing_samples, 0u);
    const auto calls = bench.sut.TakeCalls();
    CHECK(ByPlace(calls) == expected);
    CheckShares(calls, registered, n);
    CHECK_EQ(bench.sut.flushes, 1);
    CHECK_EQ(bench.sut.flush_thread, base::ThreadId());
    WaitFor([&] { return registered.returned() == n; });
  }
}

TEST(queries_are_scheduled_as_with_one_thread) {
  const auto scheduled = [](uint64_t threads) {
    Bench bench(threads);
    bench.settings.min_query_count = 60;
    const RegisteredThreads registered(threads);
    LogSettings logs = bench.folder.Logs();
    logs.enable_trace = true;
    RunTest(&bench.sut, &bench.qsl, bench.settings, logs, "", {});
    std::set<std::string> lines;
    for (const std::string& line :
         fakes::Lines(fakes::ReadFile(bench.folder / "mlperf_log_trace.json"))) {
      const size_t at = line.find("\"sample_seq\"");
      if (at != std::string::npos) lines.insert(line.substr(at, 30));
    }
    CHECK(!lines.empty());
    return lines;
  };
  CHECK(scheduled(0) == scheduled(3));
}

TEST(the_samples_of_accuracy_mode) {
  Bench bench(3, TestMode::AccuracyOnly);
  fakes::FakeQsl small(64, 10);  // several sets
  const RegisteredThreads registered(3);
  const Report report =
      RunTest(&bench.sut, &small, bench.settings, bench.folder.Logs(), "", {}, &bench.failure);
  CHECK(report.complete);
  CHECK_EQ(report.accuracy_sample_count, 64u);
  CHECK_EQ(small.loaded.size(), 7u);
  CHECK_EQ(bench.sut.flushes, 7);
  std::vector<QuerySampleIndex> seen;
  for (const Call& call : bench.sut.TakeCalls()) {
    seen.insert(seen.end(), call.indices.begin(), call.indices.end());
  }
  std::sort(seen.begin(), seen.end());
  std::vector<QuerySampleIndex> all(64);
  std::iota(all.begin(), all.end(), QuerySampleIndex{0});
  CHECK(seen == all);
}

TEST(a_peak_search_has_its_threads_for_all_trials) {
  Bench bench(2, TestMode::FindPeakPerformance);
  bench.sut.before = [&](const fakes::Samples&) {
    if (bench.sut.flushes == 3) throw std::runtime_error("the fourth trial");
  };
  const RegisteredThreads registered(2);
  const Report report = bench.Run();
  CHECK_EQ(bench.Failure(), "the fourth trial");
  CHECK(report.has_performance);
  CHECK_EQ(bench.sut.flushes, 3);
}

TEST(several_tests_after_each_other) {
  Bench bench(2);
  for (int i = 0; i < 5; ++i) {
    const RegisteredThreads registered(2);
    CHECK(bench.Run().valid);
    const auto calls = bench.sut.TakeCalls();
    CHECK_EQ(ByPlace(calls).size(), 500u);
    CheckShares(calls, registered, 2);
  }
  CHECK_EQ(run::RegisteredIssueThreads(), 0u);
}

TEST(what_the_sut_throws_on_a_thread_comes_out_of_the_test) {
  Bench bench(3);
  bench.sut.before = [](const fakes::Samples& samples) {
    if (track::PlaceOf(samples[0].id) == 100) throw std::runtime_error("query 100");
  };
  {
    const RegisteredThreads registered(3);
    const Report report = bench.Run();
    CHECK_EQ(bench.Failure(), "query 100");
    CHECK(!report.complete);
    CHECK_EQ(bench.sut.flushes, 0);
    CHECK_EQ(report.query_count, bench.sut.TakeCalls().size());  // with holes
  }
  bench.sut.before = [](const fakes::Samples&) {};
  const RegisteredThreads registered(3);
  CHECK(bench.Run().valid);
}

TEST(an_abort_from_a_thread) {
  Bench bench(2);
  bench.sut.before = [](const fakes::Samples& samples) {
    if (track::PlaceOf(samples[0].id) == 51) AbortTest();
  };
  const RegisteredThreads registered(2);
  const Report report = bench.Run();
  CHECK_EQ(report.end_reason, "The test was aborted.");
  CHECK_EQ(report.query_count, bench.sut.TakeCalls().size());
}

TEST(an_abort_waits_no_longer_than_the_last_thread_takes) {
  Bench bench(2);
  base::SteadyClock clock;
  std::atomic<bool> inside{false};
  std::atomic<bool> aborted{false};
  std::atomic<int64_t> left_ns{0};
  bench.sut.before = [&](const fakes::Samples& samples) {
    const uint64_t place = track::PlaceOf(samples[0].id);
    if (place == 50) {
      WaitFor([&] { return inside.load(); });
      AbortTest();
      aborted = true;
    }
    if (place != 51) return;
    inside = true;
    WaitFor([&] { return aborted.load(); });
    std::this_thread::sleep_for(std::chrono::milliseconds(50));  // the test has yet to wait for it
    left_ns = clock.NowNs();
  };
  const RegisteredThreads registered(2);
  CHECK(!bench.Run().complete);
  CHECK(clock.NowNs() - left_ns < fakes::kSecond);
}

TEST(the_first_queries_of_the_plan_when_their_number_is_limited) {
  for (const uint64_t most : {1, 2, 30, 31, 32}) {
    Bench bench(3);
    bench.settings.max_query_count = most;
    const RegisteredThreads registered(3);
    const Report report = bench.Run();
    CHECK_EQ(report.query_count, most);
    const auto issued = ByPlace(bench.sut.TakeCalls());
    CHECK_EQ(issued.size(), most);
    CHECK_EQ(issued.rbegin()->first, most - 1);
    for (const char* k : {"0", "1", "2"}) {
      CHECK_EQ(bench.Errors(std::string("IssueQueryThread ") + k +
                            " Ending early: Max query count reached. query_count "),
               1u);
    }
  }
}

// Whether a thread sees too many depends on the others; the sum is the same.
TEST(outstanding_queries_are_counted_over_all_threads) {
  Bench bench(2);
  bench.settings.server_max_async_queries = 20;
  class HoldingSut final : public NotingSut {
   public:
    void IssueQuery(const std::vector<QuerySample>& samples) override {
      const std::lock_guard lock(held_mutex);
      held.push_back(samples[0].id);
    }
    void FlushQueries() override {
      for (const ResponseId id : held) rig::Rig::Complete(id);
    }
    std::mutex held_mutex;
    std::vector<ResponseId> held;
  } sut;
  const RegisteredThreads registered(2);
  const Report report =
      RunTest(&sut, &bench.qsl, bench.settings, bench.folder.Logs(), "", {}, &bench.failure);
  CHECK_EQ(report.missing_samples, 0u);
  CHECK_EQ(report.query_count, sut.held.size());
  CHECK(sut.held.size() >= 21);
  CHECK(sut.held.size() <= 22);
  CHECK_EQ(bench.Errors("IssueQueryThread 0 Ending early: Too many outstanding queries."), 1u);
  CHECK_EQ(bench.Errors("IssueQueryThread 1 Ending early: Too many outstanding queries."), 1u);
}

// Thread 0 stops at once; the others go on, so that there are holes.
TEST(holes_behind_a_thread_that_stopped) {
  Bench bench(2);
  bench.settings.max_duration_ms = 1;
  bench.settings.min_query_count = 100;
  base::SteadyClock clock;
  bench.sut.before = [&](const fakes::Samples& samples) {
    if (track::PlaceOf(samples[0].id) != 1) return;
    // The second thread is kept until the first has ended early.
    const int64_t until_ns = clock.NowNs() + 5 * fakes::kMs;
    while (clock.NowNs() < until_ns) std::this_thread::yield();
  };
  const RegisteredThreads registered(2);
  const Report report = bench.Run();
  const auto issued = ByPlace(bench.sut.TakeCalls());
  CHECK_EQ(report.query_count, issued.size());
  CHECK(issued.size() < 100);
  CHECK_EQ(report.missing_samples, 0u);
}

TEST(coalesced_queries_are_the_threads_own) {
  Bench bench(2);
  bench.settings.server_coalesce_queries = true;
  const RegisteredThreads registered(2);
  CHECK(bench.Run().valid);
  const auto calls = bench.sut.TakeCalls();
  CHECK_EQ(ByPlace(calls).size(), 500u);
  CheckShares(calls, registered, 2);
  CHECK(calls.size() < 500);
}

TEST(a_sample_queue_takes_from_several_threads) {
  Bench bench(3);
  bench.settings.min_query_count = 3000;
  SampleQueue queue("queue");
  std::vector<std::thread> workers;
  const uint64_t test = queue.Test();
  std::atomic<uint64_t> taken{0};
  for (int i = 0; i < 2; ++i) {
    workers.emplace_back([&] {
      SampleBatch batch;
      SampleQueue::BatchRequest request;
      request.max_batch = 8;
      while (queue.Take(test, request, &batch) == SampleQueue::Outcome::kTaken) {
        taken += batch.size();
        CompleteSamples(batch.Responses());
      }
    });
  }
  const RegisteredThreads registered(3);
  const Report report =
      RunTest(&queue, &bench.qsl, bench.settings, bench.folder.Logs(), "", {}, &bench.failure);
  for (std::thread& worker : workers) worker.join();
  CHECK_EQ(bench.Failure(), "");
  CHECK_EQ(report.missing_samples, 0u);
  CHECK_EQ(report.errors.size(), 0u);
  CHECK_EQ(taken.load(), 3000u);
}

TEST(a_thread_that_never_returns_is_left_behind) {
  Bench bench(2);
  std::atomic<bool> go{false};
  bench.settings.stall_timeout_ms = 50;
  bench.sut.before = [&](const fakes::Samples& samples) {
    if (track::PlaceOf(samples[0].id) == 7) WaitFor([&] { return go.load(); });
  };
  std::atomic<int> interrupts{0};
  Hooks hooks;
  hooks.interrupt_issuers = [&] { ++interrupts; };
  base::SteadyClock clock;
  run::Run left(bench.sut, bench.qsl, bench.settings, bench.folder.Logs(), "", hooks, clock);
  const RegisteredThreads registered(2);
  const Report report = left.Execute(&bench.failure);
  CHECK(left.left_behind());
  CHECK_EQ(interrupts.load(), 1);
  CHECK(!report.complete);
  CHECK_EQ(bench.Errors("An issue call does not return"), 1u);
  CHECK_THROWS(std::rethrow_exception(bench.failure), IncompleteError, "stall_timeout_ms");
  WaitFor([&] { return registered.returned() == 1; });
  Bench next(0);
  CHECK(next.Run().valid);
  go = true;  // its completion finds no test, which is nobody's concern any more
  WaitFor([&] { return registered.returned() == 2; });
}

// The interrupt makes the callback throw: nobody is left behind.
TEST(a_thread_that_an_interrupt_frees) {
  Bench bench(2);
  std::atomic<bool> interrupted{false};
  bench.settings.stall_timeout_ms = 50;
  bench.sut.before = [&](const fakes::Samples& samples) {
    if (track::PlaceOf(samples[0].id) != 7) return;
    WaitFor([&] { return interrupted.load(); });
    throw std::runtime_error("interrupted");
  };
  Hooks hooks;
  hooks.interrupt_issuers = [&] { interrupted = true; };
  const RegisteredThreads registered(2);
  RunTest(&bench.sut, &bench.qsl, bench.settings, bench.folder.Logs(), "", hooks, &bench.failure);
  CHECK_EQ(bench.Errors("An issue call does not return"), 0u);
  CHECK_THROWS(std::rethrow_exception(bench.failure), IncompleteError, "stall_timeout_ms");
}
