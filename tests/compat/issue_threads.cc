// A Server system with issuing threads of its own, which its constructor starts.

#include <map>
#include <mutex>
#include <thread>

#include "expect.h"
#include "loadgen.h"
#include "query_sample_library.h"
#include "system_under_test.h"
#include "test_settings.h"

using namespace mlperf;

namespace {

class Library : public QuerySampleLibrary {
 public:
  const std::string& Name() override { return name_; }
  size_t TotalSampleCount() override { return 1024; }
  size_t PerformanceSampleCount() override { return 1024; }
  void LoadSamplesToRam(const std::vector<QuerySampleIndex>&) override {}
  void UnloadSamplesFromRam(const std::vector<QuerySampleIndex>&) override {}

 private:
  std::string name_ = "Library";
};

// As many issuing threads as asked for, for one test.
class MultiIssueSut : public SystemUnderTest {
 public:
  explicit MultiIssueSut(int thread_count) {
    for (int i = 0; i < thread_count; ++i) threads_.emplace_back(RegisterIssueQueryThread);
  }
  ~MultiIssueSut() override {
    for (auto& thread : threads_) thread.join();
  }

  const std::string& Name() override { return name_; }
  void IssueQuery(const std::vector<QuerySample>& samples) override {
    std::vector<QuerySampleResponse> responses;
    for (const auto& sample : samples) responses.push_back({sample.id, 0, 0});
    QuerySamplesComplete(responses.data(), responses.size());
    std::lock_guard<std::mutex> lock(mutex_);
    issued_[std::this_thread::get_id()] += samples.size();
  }
  void FlushQueries() override {}

  std::map<std::thread::id, size_t> Issued() {
    std::lock_guard<std::mutex> lock(mutex_);
    return issued_;
  }

 private:
  std::string name_ = "MultiIssueSut";
  std::mutex mutex_;
  std::map<std::thread::id, size_t> issued_;
  std::vector<std::thread> threads_;
};

void Run(int thread_count, bool coalesce, const std::string& folder) {
  MultiIssueSut sut(thread_count);
  Library library;
  TestSettings settings;
  settings.scenario = TestScenario::Server;
  settings.mode = TestMode::PerformanceOnly;
  settings.server_target_qps = 20000;
  settings.server_target_latency_ns = 1000000000;
  settings.server_coalesce_queries = coalesce;
  settings.server_num_issue_query_threads = static_cast<uint64_t>(thread_count);
  settings.min_duration_ms = 100;
  settings.min_query_count = 1200;
  LogSettings logs;
  logs.log_output.outdir = FreshFolder(folder);
  StartTest(&sut, &library, settings, logs);
  EXPECT(IsValid(folder));

  const auto issued = sut.Issued();
  EXPECT(issued.count(std::this_thread::get_id()) == 0);
  EXPECT(issued.size() == static_cast<size_t>(thread_count));
  size_t total = 0;
  for (const auto& one : issued) total += one.second;
  EXPECT(std::to_string(total) == DetailValue(folder, "result_query_count"));
  for (const auto& one : issued) {  // in turn
    EXPECT(one.second >= total / issued.size());
    EXPECT(one.second <= total / issued.size() + 1);
  }
}

}  // namespace

int main() {
  Run(2, false, "two");
  Run(4, true, "four");  // another test of the same process
  Run(1, false, "one");
  return 0;
}
