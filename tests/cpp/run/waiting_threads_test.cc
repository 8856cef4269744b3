// Threads that are registered to a Server test: how a test and its threads wait for each other.

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <limits>
#include <stdexcept>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "check.h"
#include "fakes.h"
#include "mlperf_loadgen/c_api.h"
#include "mlperf_loadgen/embedding.h"
#include "mlperf_loadgen/mlperf_loadgen.h"
#include "rig.h"
#include "run/registered_threads.h"

using namespace mlperf;
using namespace registered;

TEST(threads_may_come_late) {
  Bench bench(2);
  std::vector<std::thread> threads;
  bench.qsl.before_load = [] { CHECK_EQ(run::RegisteredIssueThreads(), 2u); };
  // Once the test has written its first log lines.
  threads.emplace_back([&] {
    WaitFor([&] { return !fakes::ReadFile(bench.folder / "mlperf_log_detail.txt").empty(); });
    RegisterIssueQueryThread();
  });
  threads.emplace_back([] { RegisterIssueQueryThread(); });
  CHECK(bench.Run().valid);
  for (std::thread& thread : threads) thread.join();
}

// The fastest of several: the machine may be busy, but not every time.
TEST(a_test_that_waits_for_threads_is_woken_by_the_last) {
  base::SteadyClock clock;
  int64_t least_ns = std::numeric_limits<int64_t>::max();
  for (int i = 0; i < 5; ++i) {
    std::atomic<bool> waits{false};
    std::atomic<int64_t> lent_ns{0};
    std::thread thread([&] {
      WaitFor([&] { return waits.load(); });
      std::this_thread::sleep_for(std::chrono::milliseconds(5));  // it has yet to fall asleep
      lent_ns = clock.NowNs();
      RegisterIssueQueryThread();
    });
    {
      run::IssueThreads threads;
      CHECK_EQ(threads.Await(1, clock, [&] { waits = true; }), 1u);
      least_ns = std::min(least_ns, clock.NowNs() - lent_ns);
    }
    thread.join();
  }
  CHECK(least_ns < 20 * fakes::kMs);
}

TEST(a_test_that_wants_none_sends_all_home) {
  Bench bench(0);
  const RegisteredThreads registered(2);
  CHECK(bench.Run().valid);
}

TEST(a_scenario_without_issue_threads_ignores_them) {
  Bench bench(5);
  bench.settings.scenario = TestScenario::Offline;
  bench.settings.offline_expected_qps = 1;
  const RegisteredThreads registered(1);
  const Report report = bench.Run();
  CHECK(report.complete);
  CHECK_EQ(bench.sut.TakeCalls().size(), 1u);
}

TEST(refused_settings_send_all_home) {
  Bench bench(2);
  bench.settings.server_target_qps = 0;
  const RegisteredThreads registered(2);
  CHECK_THROWS(bench.Run(), SettingsError, "server_target_qps");
}

TEST(an_abort_sends_home_who_waits_for_no_test) {
  const RegisteredThreads registered(2);
  AbortTest();
}

// It would wait for a test that waits for it.
TEST(a_thread_that_has_its_part_in_a_test_is_refused) {
  const auto refused = [] {
    CHECK_THROWS(RegisterIssueQueryThread(), StateError, "a separate thread");
    CHECK_THROWS(c::RegisterIssueQueryThread(), StateError, "a separate thread");
    CHECK_EQ(mlperf_loadgen_register_issue_query_thread(), MLPERF_LOADGEN_STATE);
  };
  rig::Rig rig(TestScenario::Offline, TestMode::AccuracyOnly, 4, 4);
  rig.qsl.before_load = rig.qsl.before_unload = rig.sut.before_name = refused;
  rig.sut.issue = [&](const fakes::Samples& samples) {
    refused();
    std::thread([&] {
      rig::Rig::Complete(samples[0].id, [&](QuerySampleResponse*) { refused(); });
    }).join();
    for (size_t i = 1; i < samples.size(); ++i) rig::Rig::Complete(samples[i].id);
  };
  CHECK(rig.Run().complete);
  CHECK_EQ(rig.Failure(), "");

  Bench bench(1);
  bench.sut.before = [&](const fakes::Samples&) { refused(); };
  {
    const RegisteredThreads registered(1);
    CHECK(bench.Run().complete);
  }
  // Free again.
  std::thread ends([] {
    while (run::RegisteredIssueThreads() == 0) std::this_thread::yield();
    AbortTest();
  });
  RegisterIssueQueryThread();
  ends.join();
}

TEST(too_few_threads) {
  rig::Rig rig(TestScenario::Server);
  rig.settings.server_num_issue_query_threads = 3;
  bool issued = false;
  rig.sut.issue = [&](const fakes::Samples&) { issued = true; };
  const int64_t begin_ns = rig.clock.NowNs();
  const RegisteredThreads registered(2);
  const Report report = rig.Run();
  CHECK(rig.clock.NowNs() - begin_ns >= run::IssueThreads::kPatienceNs);
  CHECK(!issued);
  CHECK(!report.complete);
  CHECK(
      rig.HasError("Mismatch between settings and number of registered IssueQueryThreads! "
                   "settings.server_num_issue_query_threads = 3 but 2 threads registered."));
  CHECK_THROWS(std::rethrow_exception(rig.failure), StateError, "RegisterIssueQueryThread");
  CHECK_THROWS(std::rethrow_exception(rig.failure), StateError, "to 0");
}

TEST(no_threads) {
  rig::Rig rig(TestScenario::Server);
  rig.settings.server_num_issue_query_threads = 1;
  rig.Run();
  CHECK(rig.HasError("settings.server_num_issue_query_threads = 1 but 0 threads registered."));
}

TEST(too_many_threads) {
  Bench bench(1);
  const RegisteredThreads registered(3);
  CHECK(!bench.Run().complete);
  CHECK_EQ(bench.Errors("settings.server_num_issue_query_threads = 1 but 3 threads registered."),
           1u);
  CHECK_EQ(bench.sut.TakeCalls().size(), 0u);
}

TEST(an_abort_while_threads_are_awaited) {
  rig::Rig rig(TestScenario::Server);
  rig.settings.server_num_issue_query_threads = 1;
  rig.poll = [&] { AbortTest(); };
  CHECK_EQ(rig.Run().end_reason, "The test was aborted.");
  CHECK(rig.failure == nullptr);
}

TEST(a_poll_that_throws_while_threads_are_awaited) {
  rig::Rig rig(TestScenario::Server);
  rig.settings.server_num_issue_query_threads = 1;
  rig.poll = [] { throw std::runtime_error("enough"); };
  rig.Run();
  CHECK_EQ(rig.Failure(), "enough");
}

TEST(a_poll_that_throws_ends_the_wait_for_a_test) {
  CHECK_THROWS(ServeAsIssueThread([] { throw std::runtime_error("no test in sight"); }),
               std::runtime_error, "no test in sight");
  CHECK_EQ(run::RegisteredIssueThreads(), 0u);
}

// Last: no test can begin after it.
TEST(the_end_of_the_process_sends_all_home) {
  {
    const RegisteredThreads registered(2);
    CHECK(EndTests(10));
  }
  RegisterIssueQueryThread();  // returns
}
