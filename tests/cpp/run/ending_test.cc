// Ends with two causes, and what one test leaves to the next.

#include <sys/resource.h>

#include <atomic>
#include <csignal>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "check.h"
#include "rig.h"
#include "run/current.h"

using namespace mlperf;
using fakes::kMs;
using fakes::Samples;
using rig::Rig;

namespace {

std::exception_ptr Failing(const char* what) {
  return std::make_exception_ptr(std::runtime_error(what));
}

void CheckNextTestWorks() {
  Rig rig(TestScenario::SingleStream);
  rig.settings.min_query_count = 70;
  const Report report = rig.Run();
  CHECK_EQ(rig.Failure(), "");
  CHECK(report.valid);
  CHECK_EQ(report.error_count, 0u);
}

}  // namespace

// Whichever comes first.
TEST(an_abort_and_a_failure) {
  for (const bool abort_first : {true, false}) {
    Rig rig(TestScenario::SingleStream);
    rig.sut.issue = [&](const Samples&) {
      if (abort_first) AbortTest();
      FailTest(Failing("device lost"));
      FailTest(Failing("device lost again"));
      AbortTest();
    };
    const Report report = rig.Run();
    CHECK_EQ(rig.Failure(), abort_first ? "" : "device lost");
    const std::string reason = abort_first ? "The test was aborted." : "device lost";
    CHECK(report.end_reason.find(reason) != std::string::npos);
    CheckNextTestWorks();
  }
}

TEST(a_failure_and_an_exception) {
  Rig rig(TestScenario::SingleStream);
  rig.sut.issue = [&](const Samples&) {
    FailTest(Failing("device lost"));
    throw std::runtime_error("so issue fails");
  };
  const Report report = rig.Run();
  CHECK_EQ(rig.Failure(), "so issue fails");
  CHECK(!report.complete);
  CheckNextTestWorks();
}

TEST(a_failure_that_comes_too_late_or_too_early) {
  for (const bool before : {true, false}) {
    Rig rig(TestScenario::SingleStream);
    if (before) FailTest(Failing("no test is there"));
    rig.Run();
    if (!before) FailTest(Failing("the test is over"));
    CHECK_EQ(rig.Failure(), "");
    CHECK(run::TakeRequestedError() == nullptr);
    CheckNextTestWorks();
  }
}

// A thread that goes to sleep on the way, and wakes up in the next test.
TEST(a_failure_that_is_late_by_a_test) {
  uint64_t first_test = 0;
  Rig first(TestScenario::SingleStream);
  first.sut.issue = [&](const Samples& samples) {
    first_test = run::TestUnderWay();
    first.Block(samples, kMs);
  };
  first.Run();
  CHECK(first_test != 0);
  CHECK_EQ(run::TestUnderWay(), 0u);
  for (const bool aborts : {true, false}) {
    Rig rig(TestScenario::SingleStream);
    rig.sut.issue = [&](const Samples& samples) {
      if (aborts) run::RequestEnd(run::EndRequest::kAbort, first_test);
      if (!aborts) run::RequestEnd(Failing("late"), first_test);
      rig.Block(samples, kMs);
    };
    CHECK(rig.Run().complete);
    CHECK_EQ(rig.Failure(), "");
    CHECK(run::TakeRequestedError() == nullptr);
  }
  CheckNextTestWorks();
}

// While the files of the test are being closed it is too late to end it, and too early for the
// next.
TEST(a_failure_while_the_test_is_written_down) {
  class Sut : public fakes::FakeSut {
    void TestOver() noexcept override { FailTest(Failing("the device is gone")); }
  };
  Rig rig(TestScenario::SingleStream);
  Sut sut;
  sut.issue = rig.sut.issue;
  std::exception_ptr failure;
  run::Run test(sut, rig.qsl, rig.settings, rig.logs, "", {}, rig.clock);
  CHECK(test.Execute(&failure).complete);
  CHECK(failure == nullptr);
  CheckNextTestWorks();
}

TEST(a_cut_while_samples_are_loaded) {
  for (const bool fails : {false, true}) {
    Rig rig(TestScenario::Offline, TestMode::AccuracyOnly, 10, 5);
    int loads = 0;
    int queries = 0;
    rig.qsl.before_load = [&] {
      if (++loads == 2) fails ? FailTest(Failing("cannot read")) : AbortTest();
    };
    rig.sut.issue = [&](const Samples& samples) {
      ++queries;
      rig.Block(samples, kMs);
    };
    const Report report = rig.Run();
    CHECK(!report.complete);
    CHECK_EQ(rig.Failure(), fails ? "cannot read" : "");
    CHECK_EQ(loads, 2);
    CHECK(queries <= 2);
    CHECK(rig.AccuracyRecords() == 5u * static_cast<size_t>(queries));
    CheckNextTestWorks();
  }
}

// The disk is full when an aborted test writes its end: both are said.
TEST(an_abort_and_then_a_full_disk) {
  std::signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  getrlimit(RLIMIT_FSIZE, &before);
  const rlimit none{1, before.rlim_max};
  Rig rig(TestScenario::SingleStream);
  rig.sut.issue = [&](const Samples&) {
    AbortTest();
    setrlimit(RLIMIT_FSIZE, &none);
  };
  const Report report = rig.Run();
  setrlimit(RLIMIT_FSIZE, &before);
  CHECK_THROWS(std::rethrow_exception(rig.failure), OutputError, "cannot write");
  CHECK(report.end_reason.find("The test was aborted.") != std::string::npos);
  CheckNextTestWorks();
}

// All samples are back, and a thread is still inside a call when Ctrl-C comes.
TEST(a_poll_that_throws_while_the_last_thread_leaves) {
  Rig rig(TestScenario::Offline, TestMode::AccuracyOnly, 1, 1);
  rig.settings.use_token_latencies = true;
  rig.clock.SetTick(kMs / 100);  // so that the thread has its turn before the test gives it up
  std::atomic<bool> inside{false};
  std::atomic<bool> thrown{false};
  std::thread stays;
  rig.sut.issue = [&](const Samples& samples) {
    stays = std::thread([&, id = samples[0].id] {
      QuerySampleResponse response(id, 0, 0);
      FirstTokenComplete(&response, 1, [&](QuerySampleResponse*) {
        inside = true;
        while (!thrown) std::this_thread::yield();
      });
    });
    while (!inside) std::this_thread::yield();
    QuerySampleResponse response(samples[0].id, 0, 0, 5);
    QuerySamplesComplete(&response, 1);
  };
  rig.poll = [&] {
    if (!inside || thrown) return;
    thrown = true;
    throw std::runtime_error("Ctrl-C");
  };
  mlperf::Hooks hooks;
  hooks.poll = rig.poll;
  run::Run test(rig.sut, rig.qsl, rig.settings, rig.logs, "", hooks, rig.clock);
  const Report report = test.Execute(&rig.failure);
  stays.join();
  CHECK_EQ(rig.Failure(), "Ctrl-C");
  CHECK(!report.complete);
  CHECK_EQ(report.missing_samples, 0u);
  CHECK(!test.left_behind());
  CheckNextTestWorks();
}

// The others' answers count until the test has ended, and are said to be late after that.
TEST(other_threads_go_on_after_one_threw) {
  Rig rig(TestScenario::Offline, TestMode::AccuracyOnly, 64, 64);
  std::vector<std::thread> threads;
  rig.sut.issue = [&](const Samples& samples) {
    for (size_t k = 0; k < 4; ++k) {
      threads.emplace_back([k, samples] {
        for (size_t i = k; i < samples.size(); i += 4) {
          Rig::Complete(samples[i].id, [&](QuerySampleResponse*) {
            if (i % 16 == 5) throw std::runtime_error("cannot copy");
          });
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
  };
  const Report report = rig.Run();
  CHECK_EQ(rig.Failure(), "cannot copy");
  CHECK_EQ(report.missing_samples, 0u);
  CHECK_EQ(rig.AccuracyRecords(), 64u);
  CHECK(rig.HasError("A response callback threw an exception."));
  CheckNextTestWorks();
}
