// Worker threads that take batches: the samples wait in a SampleQueue, LoadGen's own SUT for them.
// The model here adds up the 64 numbers of a sample.

#include <cstdio>
#include <exception>
#include <functional>
#include <numeric>
#include <string>
#include <thread>
#include <vector>

#include "loadgen.h"
#include "sample_queue.h"

namespace {

class Numbers : public mlperf::QuerySampleLibrary {
 public:
  const std::string& Name() override { return name_; }
  size_t TotalSampleCount() override { return 1000; }
  size_t PerformanceSampleCount() override { return 1000; }
  void LoadSamplesToRam(const std::vector<mlperf::QuerySampleIndex>& samples) override {
    for (const mlperf::QuerySampleIndex index : samples) {
      data_[index].assign(64, static_cast<float>(index));
    }
  }
  void UnloadSamplesFromRam(const std::vector<mlperf::QuerySampleIndex>& samples) override {
    for (const mlperf::QuerySampleIndex index : samples) data_[index].clear();
  }
  const std::vector<float>& at(mlperf::QuerySampleIndex index) const { return data_[index]; }

 private:
  const std::string name_ = "numbers";
  std::vector<std::vector<float>> data_{1000};
};

// What each thread does until the test is over. `test` was asked for before it began.
void Work(mlperf::SampleQueue* queue, uint64_t test, const Numbers& numbers) {
  mlperf::SampleQueue::BatchRequest request;
  request.max_batch = 32;
  mlperf::SampleBatch batch;
  std::vector<float> answers;
  try {
    while (queue->Take(test, request, &batch) == mlperf::SampleQueue::Outcome::kTaken) {
      answers.clear();
      for (size_t i = 0; i < batch.size(); ++i) {
        const std::vector<float>& input = numbers.at(batch.indices()[i]);
        answers.push_back(std::accumulate(input.begin(), input.end(), 0.0f));
      }
      mlperf::ResponseSpan responses = batch.Responses();
      responses.rows = answers.data();
      responses.row_bytes = sizeof(float);
      mlperf::CompleteSamples(responses);
    }
  } catch (...) {
    queue->Fail(std::current_exception());  // comes out of RunTest
  }
}

}  // namespace

int main() {
  Numbers numbers;
  mlperf::SampleQueue queue("queue_sut");
  std::vector<std::thread> workers;
  for (int i = 0; i < 4; ++i) workers.emplace_back(Work, &queue, queue.Test(), std::cref(numbers));

  mlperf::TestSettings settings;
  settings.scenario = mlperf::TestScenario::Server;
  settings.server_target_qps = 2000;
  settings.server_target_latency_ns = 500000000;
  settings.min_duration_ms = 1000;
  int status = 1;
  try {
    const mlperf::Report report =
        mlperf::RunTest(&queue, &numbers, settings, mlperf::LogSettings());
    std::printf("%s: %.0f samples a second, p99 %.1f us\n", report.valid ? "VALID" : "INVALID",
                report.completed_samples_per_second,
                static_cast<double>(report.latency_ns.p99) / 1000);
    status = report.valid ? 0 : 1;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
  }
  queue.Close();
  for (std::thread& worker : workers) worker.join();
  return status;
}
