// A Server and Offline system of several completing threads that wait on a condition variable and
// take batches from one deque. Samples are copied out of IssueQuery; responses of one call mix
// samples of many queries and point at results in the worker's own memory.

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>

#include "expect.h"
#include "loadgen.h"
#include "query_sample_library.h"
#include "system_under_test.h"
#include "test_settings.h"

namespace {

class Dataset : public mlperf::QuerySampleLibrary {
 public:
  explicit Dataset(size_t count) : images_(count) {}
  const std::string& Name() override { return name_; }
  size_t TotalSampleCount() override { return images_.size(); }
  size_t PerformanceSampleCount() override { return images_.size(); }
  void LoadSamplesToRam(const std::vector<mlperf::QuerySampleIndex>& samples) override {
    for (const mlperf::QuerySampleIndex index : samples) {
      images_[index].assign(8, static_cast<float>(index));
    }
  }
  void UnloadSamplesFromRam(const std::vector<mlperf::QuerySampleIndex>& samples) override {
    for (const mlperf::QuerySampleIndex index : samples) images_[index].clear();
  }
  float Sum(size_t index) const {
    float sum = 0;
    for (const float value : images_[index]) sum += value;
    return sum;
  }

 private:
  const std::string name_ = "Dataset";
  std::vector<std::vector<float>> images_;
};

class Pool : public mlperf::SystemUnderTest {
 public:
  Pool(const Dataset& dataset, int thread_count, size_t max_batch)
      : dataset_(dataset), max_batch_(max_batch) {
    for (int i = 0; i < thread_count; i++) threads_.emplace_back(&Pool::Work, this);
  }
  ~Pool() override {
    {
      std::unique_lock<std::mutex> lock(mutex_);
      done_ = true;
    }
    condition_.notify_all();
    for (std::thread& thread : threads_) thread.join();
  }

  const std::string& Name() override { return name_; }
  void IssueQuery(const std::vector<mlperf::QuerySample>& samples) override {
    {
      std::lock_guard<std::mutex> lock(mutex_);
      queue_.insert(queue_.end(), samples.begin(), samples.end());
    }
    if (samples.size() > 1) {
      condition_.notify_all();
    } else {
      condition_.notify_one();
    }
  }
  void FlushQueries() override {}

 private:
  void Work() {
    std::vector<mlperf::QuerySample> batch;
    std::vector<float> results;
    std::vector<mlperf::QuerySampleResponse> responses;
    while (true) {
      {
        std::unique_lock<std::mutex> lock(mutex_);
        condition_.wait(lock, [this] { return done_ || !queue_.empty(); });
        if (queue_.empty()) return;
        const auto count = static_cast<std::ptrdiff_t>(std::min<size_t>(max_batch_, queue_.size()));
        batch.assign(queue_.begin(), queue_.begin() + count);
        queue_.erase(queue_.begin(), queue_.begin() + count);
      }
      results.resize(batch.size());
      responses.clear();
      for (size_t i = 0; i < batch.size(); i++) {
        results[i] = dataset_.Sum(batch[i].index);
        responses.emplace_back(batch[i].id, reinterpret_cast<uintptr_t>(&results[i]),
                               sizeof(results[i]));
      }
      mlperf::QuerySamplesComplete(responses.data(), responses.size());
    }
  }

  const std::string name_ = "Pool";
  const Dataset& dataset_;
  const size_t max_batch_;
  std::mutex mutex_;
  std::condition_variable condition_;
  std::deque<mlperf::QuerySample> queue_;
  bool done_ = false;
  std::vector<std::thread> threads_;
};

mlperf::LogSettings LogsIn(const std::string& folder) {
  mlperf::LogOutputSettings output;
  output.outdir = FreshFolder(folder);
  output.copy_summary_to_stdout = true;
  mlperf::LogSettings settings;
  settings.log_output = output;
  settings.log_mode = mlperf::LoggingMode::AsyncPoll;
  settings.log_mode_async_poll_interval_ms = 1000;
  settings.enable_trace = true;
  return settings;
}

}  // namespace

int main() {
  std::unique_ptr<Dataset> dataset(new Dataset(256));
  std::unique_ptr<mlperf::SystemUnderTest> sut = std::make_unique<Pool>(*dataset, 4, 8);

  mlperf::TestSettings settings;
  settings.scenario = mlperf::TestScenario::Server;
  settings.mode = mlperf::TestMode::PerformanceOnly;
  settings.server_target_qps = 5000;
  settings.server_target_latency_ns = 1000ull * 1000 * 1000;
  settings.min_duration_ms = 200;
  settings.min_query_count = 1000;
  mlperf::StartTest(sut.get(), dataset.get(), settings, LogsIn("server"));
  EXPECT(IsValid("server"));
  EXPECT(Holds(ReadLog("server", "trace.json"), "\"traceEvents\""));

  settings.server_coalesce_queries = true;
  settings.server_target_qps = 50000;
  mlperf::StartTest(sut.get(), dataset.get(), settings, LogsIn("coalesced"), "no_audit.config");
  EXPECT(IsValid("coalesced"));

  settings.scenario = mlperf::TestScenario::Offline;
  settings.offline_expected_qps = 10000;
  settings.min_duration_ms = 0;
  settings.accuracy_log_sampling_target = 10;
  mlperf::StartTest(sut.get(), dataset.get(), settings, LogsIn("offline"), std::string());
  EXPECT(IsValid("offline"));

  settings.mode = mlperf::TestMode::AccuracyOnly;
  mlperf::StartTest(sut.get(), dataset.get(), settings, LogsIn("accuracy"));
  // Sample 3 is eight times 3.0: 24.0f, byte by byte.
  EXPECT(Holds(ReadLog("accuracy", "accuracy.json"), "\"qsl_idx\" : 3, \"data\" : \"0000C041\""));
  return 0;
}
