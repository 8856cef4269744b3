// Threads that end inside a callback (pthread_exit), and exceptions that are none of C++.

#include <pthread.h>
#include <unwind.h>

#include <functional>
#include <string>
#include <thread>

#include "captured.h"
#include "check.h"
#include "mlperf_loadgen/mlperf_loadgen.h"
#include "rig.h"

using namespace mlperf;
using fakes::Samples;
using rig::Rig;

#ifdef __GLIBCXX__

namespace {

void OnAThread(std::function<void()> body) {
  pthread_t thread{};
  const auto run = [](void* what) -> void* {
    (*static_cast<std::function<void()>*>(what))();
    return nullptr;
  };
  CHECK_EQ(pthread_create(&thread, nullptr, run, &body), 0);
  pthread_join(thread, nullptr);
}

void CheckNextTestWorks() {
  Rig rig(TestScenario::SingleStream);
  rig.settings.min_query_count = 70;
  CHECK(rig.Run().valid);
}

void CheckSaid(const Rig& rig, const std::string& why) {
  CHECK_EQ(rig.Failure(), why);
  CHECK(rig.HasError(why));
  CHECK(rig.Summary().find(why) != std::string::npos);
  CHECK(rig.Accuracy().ends_with("\n]\n"));
}

}  // namespace

TEST(the_thread_that_runs_the_test_ends_in_a_callback) {
  for (const bool flush : {false, true}) {
    Rig rig(TestScenario::Offline);
    (flush ? rig.sut.flush : rig.qsl.before_load) = [] { pthread_exit(nullptr); };
    const std::string said = Captured([&] {
      OnAThread([&] {
        rig.Run();
        CHECK(!"came back");
      });
    });
    CheckSaid(rig, "a callback ended the thread that runs the test");
    CHECK_EQ(said, "mlperf_loadgen: a callback ended the thread that runs the test\n");
    CheckNextTestWorks();
  }
}

TEST(a_completing_thread_ends_in_a_response_callback) {
  Rig rig(TestScenario::Offline, TestMode::AccuracyOnly, 4, 4);
  rig.sut.issue = [](const Samples& samples) {
    OnAThread([id = samples[0].id] {
      Rig::Complete(id, [](QuerySampleResponse*) { pthread_exit(nullptr); });
      CHECK(!"came back");
    });
  };
  rig.Run();
  CheckSaid(rig, "a response callback ended the thread that it was called on");
  CheckNextTestWorks();
}

TEST(a_lent_thread_ends_in_issue) {
  Rig rig(TestScenario::Server);
  rig.settings.server_num_issue_query_threads = 1;
  rig.settings.server_target_qps = 1000;
  rig.sut.issue = [](const Samples&) { pthread_exit(nullptr); };
  base::SteadyClock clock;
  run::Run test(rig.sut, rig.qsl, rig.settings, rig.logs, "", {}, clock);
  std::thread runs([&] { test.Execute(&rig.failure); });
  OnAThread([] {
    RegisterIssueQueryThread();
    CHECK(!"came back");
  });
  runs.join();
  CheckSaid(rig, "a callback ended a thread that issues queries");
  CHECK_EQ(run::RegisteredIssueThreads(), 0u);
  CheckNextTestWorks();
}

TEST(the_thread_of_a_c_program_ends_in_issue) {
  OnAThread([] {
    mlperf_loadgen_sut* sut = nullptr;
    mlperf_loadgen_qsl* qsl = nullptr;
    mlperf_loadgen_settings* settings = nullptr;
    mlperf_loadgen_sut_create(
        "SUT",
        [](void*, const mlperf_loadgen_sample*, size_t) -> int32_t {
          pthread_exit(nullptr);
          return 0;
        },
        nullptr, nullptr, &sut);
    mlperf_loadgen_qsl_create("QSL", 4, 4, nullptr, nullptr, nullptr, &qsl);
    mlperf_loadgen_settings_create(&settings);
    mlperf_loadgen_settings_set(settings, "write_files", "false");
    mlperf_loadgen_run(sut, qsl, settings, nullptr);
    CHECK(!"came back");
  });
  CheckNextTestWorks();
}

TEST(what_another_language_throws_ends_the_test) {
  Rig rig(TestScenario::SingleStream);
  static _Unwind_Exception foreign;
  rig.sut.issue = [](const Samples&) {
    foreign.exception_class = 0x4F54484552000000;
    _Unwind_RaiseException(&foreign);
  };
  const Report report = rig.Run();
  CHECK(!report.complete);
  CheckSaid(rig, "an exception of another language than C++");
  CheckNextTestWorks();
}

#endif
