// Systems that answer later in other ways: a future a query, batches that FlushQueries ends, and
// a list of samples that is kept by its address until another thread is done with it.

#include <future>
#include <list>
#include <thread>

#include "expect.h"
#include "loadgen.h"
#include "query_sample_library.h"
#include "system_under_test.h"

using namespace mlperf;

namespace {

class Library : public QuerySampleLibrary {
 public:
  const std::string& Name() override { return name_; }
  size_t TotalSampleCount() override { return 64; }
  size_t PerformanceSampleCount() override { return 64; }
  void LoadSamplesToRam(const std::vector<QuerySampleIndex>&) override {}
  void UnloadSamplesFromRam(const std::vector<QuerySampleIndex>&) override {}

 private:
  std::string name_ = "Library";
};

void Complete(const QuerySample* samples, size_t count) {
  std::vector<QuerySampleResponse> responses(count);
  for (size_t i = 0; i < count; ++i) responses[i].id = samples[i].id;
  QuerySamplesComplete(responses.data(), responses.size());
}

class AsyncSut : public SystemUnderTest {
 public:
  const std::string& Name() override { return name_; }
  void IssueQuery(const std::vector<QuerySample>& samples) override {
    futures_.push_back(std::async(std::launch::async, [samples] {
      std::this_thread::yield();
      Complete(&samples[0], samples.size());
    }));
  }
  void FlushQueries() override {
    for (auto& future : futures_) future.wait();
    futures_.clear();
  }

 private:
  std::string name_ = "AsyncSut";
  std::list<std::future<void>> futures_;
};

class BatchingSut : public SystemUnderTest {
 public:
  const std::string& Name() override { return name_; }
  void IssueQuery(const std::vector<QuerySample>& samples) override {
    for (const QuerySample& sample : samples) {
      batch_.push_back(sample);
      if (batch_.size() == 32) Run();
    }
  }
  void FlushQueries() override {
    ran_in_flush += batch_.size();
    Run();
  }
  size_t ran_in_flush = 0;

 private:
  void Run() {
    Complete(batch_.data(), batch_.size());
    batch_.clear();
  }
  std::string name_ = "BatchingSut";
  std::vector<QuerySample> batch_;
};

// Slices of one query for several threads, by address.
class SlicingSut : public SystemUnderTest {
 public:
  ~SlicingSut() override { Join(); }
  const std::string& Name() override { return name_; }
  void IssueQuery(const std::vector<QuerySample>& samples) override {
    Join();
    const QuerySample* const first = samples.data();
    const size_t half = samples.size() / 2;
    const size_t rest = samples.size() - half;
    workers_.emplace_back([=] { Complete(first, half); });
    workers_.emplace_back([=] { Complete(first + half, rest); });
  }
  void FlushQueries() override {}

 private:
  void Join() {
    for (std::thread& worker : workers_) worker.join();
    workers_.clear();
  }
  std::string name_ = "SlicingSut";
  std::vector<std::thread> workers_;
};

void Run(SystemUnderTest* sut, TestScenario scenario, const char* folder) {
  Library library;
  TestSettings settings;
  settings.scenario = scenario;
  settings.mode = TestMode::PerformanceOnly;
  settings.min_duration_ms = 0;
  settings.min_query_count = 500;
  settings.server_target_qps = 2000;
  settings.server_target_latency_ns = 1000000000;
  settings.server_target_latency_percentile = 0.9;
  settings.offline_expected_qps = 10000;
  settings.multi_stream_target_latency_percentile = 0.9;
  LogSettings logs;
  logs.log_output.outdir = FreshFolder(folder);
  StartTest(sut, &library, settings, logs);
  EXPECT(IsValid(folder));
}

}  // namespace

int main() {
  AsyncSut async;
  Run(&async, TestScenario::SingleStream, "async_single");
  Run(&async, TestScenario::MultiStream, "async_multi");
  Run(&async, TestScenario::Server, "async_server");

  BatchingSut batching;
  Run(&batching, TestScenario::Server, "batching_server");
  Run(&batching, TestScenario::Offline, "batching_offline");
  EXPECT(batching.ran_in_flush > 0 && batching.ran_in_flush < 64);

  SlicingSut slicing;
  Run(&slicing, TestScenario::MultiStream, "slicing_multi");
  Run(&slicing, TestScenario::Offline, "slicing_offline");
  return 0;
}
