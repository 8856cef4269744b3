// Several threads that issue: each registers, and LoadGen calls IssueQuery on all of them, every
// one with its own part of the queries. What a thread needs is its own, so nothing is shared.

#include <atomic>
#include <cstdio>
#include <exception>
#include <string>
#include <thread>
#include <vector>

#include "loadgen.h"

namespace {

constexpr int kThreads = 2;

std::atomic<int> threads_that_issued{0};

class Sut : public mlperf::SystemUnderTest {
 public:
  const std::string& Name() override { return name_; }
  void IssueQuery(const std::vector<mlperf::QuerySample>& samples) override {
    thread_local std::vector<mlperf::QuerySampleResponse> responses;
    thread_local const int number = ++threads_that_issued;
    (void)number;
    responses.clear();
    for (const mlperf::QuerySample& sample : samples) responses.emplace_back(sample.id, 0, 0);
    mlperf::QuerySamplesComplete(responses.data(), responses.size());
  }
  void FlushQueries() override {}

 private:
  const std::string name_ = "issue_threads";
};

class Library : public mlperf::QuerySampleLibrary {
 public:
  const std::string& Name() override { return name_; }
  size_t TotalSampleCount() override { return 1000; }
  size_t PerformanceSampleCount() override { return 1000; }
  void LoadSamplesToRam(const std::vector<mlperf::QuerySampleIndex>&) override {}
  void UnloadSamplesFromRam(const std::vector<mlperf::QuerySampleIndex>&) override {}

 private:
  const std::string name_ = "library";
};

}  // namespace

int main() {
  mlperf::TestSettings settings;
  settings.scenario = mlperf::TestScenario::Server;
  settings.server_num_issue_query_threads = kThreads;
  settings.server_target_qps = 10000;
  settings.server_target_latency_ns = 500000000;
  settings.server_coalesce_queries = true;  // late queries go together, in one call
  settings.min_duration_ms = 1000;

  // They wait for the test, issue, and come back when it is over.
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) threads.emplace_back(mlperf::RegisterIssueQueryThread);
  Sut sut;
  Library library;
  int status = 1;
  try {
    const mlperf::Report report = mlperf::RunTest(&sut, &library, settings, mlperf::LogSettings());
    std::printf("%s: %.0f queries a second from %d threads\n", report.valid ? "VALID" : "INVALID",
                report.completed_samples_per_second, threads_that_issued.load());
    status = report.valid ? 0 : 1;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
  }
  for (std::thread& thread : threads) thread.join();
  return status;
}
