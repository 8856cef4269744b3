// Several threads that complete at random moments, once, twice, or what was never asked for, in
// tests that end naturally or are cut short. Says most under the sanitizers.

#include <atomic>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <random>
#include <thread>

#include "check.h"
#include "fakes.h"
#include "mlperf_loadgen/embedding.h"

using namespace mlperf;
using fakes::Samples;

namespace {

// How often threads misbehave, one in this many; 0 is never.
struct Manners {
  unsigned twice = 0;
  unsigned garbage = 0;
  unsigned forgotten = 0;
};

// Threads that complete what they are given, in no order.
class Crowd {
 public:
  Crowd(size_t threads, const Manners& manners) : manners_(manners) {
    for (size_t i = 0; i < threads; ++i) {
      threads_.emplace_back([this, i] { Work(static_cast<unsigned>(i + 1)); });
    }
  }
  ~Crowd() {
    {
      const std::lock_guard lock(mutex_);
      stop_ = true;
    }
    changed_.notify_all();
    for (std::thread& thread : threads_) thread.join();
  }
  Crowd(const Crowd&) = delete;
  Crowd& operator=(const Crowd&) = delete;

  void Give(const Samples& samples) {
    {
      const std::lock_guard lock(mutex_);
      for (const QuerySample& sample : samples) work_.push_back(sample.id);
    }
    changed_.notify_all();
  }

  // Completions that are faults.
  uint64_t faults() const { return faults_; }

 private:
  void Work(unsigned seed) {
    std::minstd_rand random(seed);
    const auto one_in = [&](unsigned n) { return n != 0 && random() % n == 0; };
    std::vector<QuerySampleResponse> responses;
    for (;;) {
      responses.clear();
      uint64_t faults = 0;
      {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return stop_ || !work_.empty(); });
        if (work_.empty()) return;
        for (size_t n = random() % 7 + 1; n != 0 && !work_.empty(); --n) {
          const bool front = random() % 2 == 0;
          const ResponseId id = front ? work_.front() : work_.back();
          front ? work_.pop_front() : work_.pop_back();
          if (one_in(manners_.forgotten)) continue;
          responses.emplace_back(id, reinterpret_cast<uintptr_t>(&id_data_), sizeof id_data_, 4);
          if (one_in(manners_.twice)) responses.push_back(responses.back()), ++faults;
          if (one_in(manners_.garbage)) responses.emplace_back(random(), 0, 9), ++faults;
        }
      }
      for (auto spin = random() % 2000; spin != 0; --spin) base::CpuRelax();
      // A cut short test may be over by now.
      if (random() % 2 == 0) FirstTokenComplete(responses.data(), 0);
      // Counted before: the test may end inside the call.
      faults_ += faults;
      QuerySamplesComplete(responses.data(), responses.size());
    }
  }

  const Manners manners_;
  const uint64_t id_data_ = 0x0123456789ABCDEF;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<ResponseId> work_;
  bool stop_ = false;
  std::atomic<uint64_t> faults_{0};
  std::vector<std::thread> threads_;
};

constexpr TestScenario kScenarios[] = {TestScenario::SingleStream, TestScenario::MultiStream,
                                       TestScenario::Server, TestScenario::Offline};

TestSettings Settings(TestScenario scenario, uint64_t queries) {
  TestSettings settings;
  settings.scenario = scenario;
  settings.mode = TestMode::SubmissionRun;
  settings.min_duration_ms = 0;
  settings.min_query_count = queries;
  settings.server_target_qps = 30000;
  settings.accuracy_log_probability = 0.5;
  return settings;
}

}  // namespace

TEST(well_behaved) {
  for (const TestScenario scenario : kScenarios) {
    const fakes::Folder folder;
    Crowd crowd(3, {});
    fakes::FakeSut sut;
    fakes::FakeQsl qsl(500, 200);
    sut.issue = [&](const Samples& samples) { crowd.Give(samples); };
    const Report report = RunTest(&sut, &qsl, Settings(scenario, 2000), folder.Logs(), "");
    CHECK(report.complete);
    CHECK_EQ(report.error_count, 0u);
    CHECK_EQ(report.missing_samples, 0u);
    CHECK(report.sample_count >= 2000);
    CHECK(report.latency_ns.min > 0);
  }
}

// Every fault is counted, whichever thread made it, and every sample is completed once.
TEST(twice_and_garbage) {
  for (const TestScenario scenario : kScenarios) {
    const fakes::Folder folder;
    fakes::FakeSut sut;
    fakes::FakeQsl qsl(500, 200);
    LogSettings logs = folder.Logs();
    logs.enable_trace = true;
    Report report;
    auto crowd = std::make_unique<Crowd>(3, Manners{5, 7, 0});
    sut.issue = [&](const Samples& samples) { crowd->Give(samples); };
    report = RunTest(&sut, &qsl, Settings(scenario, 2000), logs, "");
    const uint64_t faults = crowd->faults();
    CHECK(report.complete);
    CHECK(!report.valid);
    CHECK_EQ(report.missing_samples, 0u);
    CHECK_EQ(report.error_count, faults);
    CHECK(faults > 500);
  }
}

TEST(aborted_at_any_moment) {
  std::minstd_rand random(7);
  uint64_t cut_short = 0;
  Crowd crowd(3, {9, 9, 0});
  for (int round = 0; round < 80; ++round) {
    const TestScenario scenario = kScenarios[round % 4];
    const fakes::Folder folder;
    fakes::FakeSut sut;
    fakes::FakeQsl qsl(100, 40);
    std::atomic<bool> begun{false};
    sut.issue = [&](const Samples& samples) {
      begun = true;
      crowd.Give(samples);
    };
    const auto spins = random() % 20000;
    std::thread aborter([&] {
      while (!begun) std::this_thread::yield();
      for (auto spin = spins; spin != 0; --spin) base::CpuRelax();
      AbortTest();
    });
    const Report report = RunTest(&sut, &qsl, Settings(scenario, 500), folder.Logs(), "");
    aborter.join();
    cut_short += !report.complete;
  }
  CHECK(cut_short > 0);
}

TEST(samples_are_forgotten) {
  for (const TestScenario scenario : kScenarios) {
    const fakes::Folder folder;
    Crowd crowd(3, {0, 0, 20});
    fakes::FakeSut sut;
    fakes::FakeQsl qsl(100, 40);
    sut.issue = [&](const Samples& samples) { crowd.Give(samples); };
    TestSettings settings = Settings(scenario, 500);
    settings.drain_timeout_ms = 50;
    std::exception_ptr failure;
    const Report report = RunTest(&sut, &qsl, settings, folder.Logs(), "", {}, &failure);
    CHECK(failure != nullptr);
    CHECK(!report.complete);
    CHECK(report.missing_samples > 0);
  }
}

// A reader beside the run sees counts that only grow.
TEST(progress_beside_the_run) {
  const fakes::Folder folder;
  Crowd crowd(2, {});
  fakes::FakeSut sut;
  fakes::FakeQsl qsl(500, 500);
  sut.issue = [&](const Samples& samples) { crowd.Give(samples); };
  std::atomic<bool> stop{false};
  uint64_t looks = 0;
  std::thread reader([&] {
    while (!stop) {
      if (const auto progress = CurrentProgress()) {
        ++looks;
        CHECK(progress->samples_completed <= progress->samples_planned);
        CHECK(progress->latency_ns >= 0);
      }
      std::this_thread::yield();
    }
  });
  const Report report =
      RunTest(&sut, &qsl, Settings(TestScenario::Server, 2000), folder.Logs(), "");
  stop = true;
  reader.join();
  CHECK(report.complete);
  CHECK(looks > 0);
}
