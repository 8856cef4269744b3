// Several libraries and systems in one process, tests one after another with what went before
// aborted: from another thread, and from inside IssueQuery.

#include <atomic>
#include <functional>
#include <memory>
#include <thread>

#include "expect.h"
#include "loadgen.h"

using namespace mlperf;

namespace {

class Library : public QuerySampleLibrary {
 public:
  Library(std::string name, size_t count) : name_(std::move(name)), count_(count) {}
  const std::string& Name() override { return name_; }
  size_t TotalSampleCount() override { return count_; }
  size_t PerformanceSampleCount() override { return count_; }
  void LoadSamplesToRam(const std::vector<QuerySampleIndex>& samples) override {
    EXPECT(!loaded_);
    EXPECT(samples.size() >= count_);
    loaded_ = true;
  }
  void UnloadSamplesFromRam(const std::vector<QuerySampleIndex>&) override {
    EXPECT(loaded_);
    loaded_ = false;
  }
  bool loaded() const { return loaded_; }

 private:
  const std::string name_;
  const size_t count_;
  bool loaded_ = false;
};

class Sut : public SystemUnderTest {
 public:
  Sut(std::string name, std::function<void(const std::vector<QuerySample>&)> before)
      : name_(std::move(name)), before_(std::move(before)) {}
  const std::string& Name() override { return name_; }
  void IssueQuery(const std::vector<QuerySample>& samples) override {
    before_(samples);
    for (const QuerySample& sample : samples) {
      QuerySampleResponse response{sample.id, 0, 0};
      QuerySamplesComplete(&response, 1);
    }
  }
  void FlushQueries() override {}

 private:
  const std::string name_;
  const std::function<void(const std::vector<QuerySample>&)> before_;
};

LogSettings LogsIn(const std::string& folder) {
  LogSettings logs;
  logs.log_output.outdir = FreshFolder(folder);
  return logs;
}

// Ends at once, as other tests do that run to their end.
void RunToTheEnd(const std::string& name, TestScenario scenario, size_t samples) {
  Library library(name + " library", samples);
  Sut sut(name, [](const std::vector<QuerySample>&) {});
  TestSettings settings;
  settings.scenario = scenario;
  settings.min_duration_ms = 0;
  settings.min_query_count = 200;
  settings.server_target_qps = 10000;
  settings.server_target_latency_ns = 1000000000;
  settings.server_target_latency_percentile = 0.9;
  settings.multi_stream_target_latency_percentile = 0.9;
  StartTest(&sut, &library, settings, LogsIn(name));
  EXPECT(IsValid(name));
  EXPECT(DetailValue(name, "sut_name") == "\"" + name + "\"");
  EXPECT(DetailValue(name, "qsl_reported_total_count") == std::to_string(samples));
  EXPECT(!library.loaded());
}

// Would run for an hour.
void RunUntilAborted(const std::string& name, Sut& sut) {
  Library library(name, 16);
  TestSettings settings;
  settings.scenario = TestScenario::Server;
  settings.server_target_qps = 100;
  settings.min_duration_ms = 3600 * 1000;
  StartTest(&sut, &library, settings, LogsIn(name));
  EXPECT(!IsValid(name));
}

}  // namespace

int main() {
  RunToTheEnd("first", TestScenario::SingleStream, 10);
  RunToTheEnd("second", TestScenario::Offline, 1000);

  std::thread aborter;
  Sut from_outside("aborted from outside", [&](const std::vector<QuerySample>&) {
    if (!aborter.joinable()) aborter = std::thread(AbortTest);
  });
  RunUntilAborted("outside", from_outside);
  aborter.join();
  RunToTheEnd("third", TestScenario::MultiStream, 100);

  int queries = 0;
  Sut from_inside("aborted from inside", [&](const std::vector<QuerySample>&) {
    if (++queries == 3) mlperf::AbortTest();
  });
  RunUntilAborted("inside", from_inside);
  EXPECT(queries >= 3 && queries < 1000);

  const std::function<void()> abort = AbortTest;
  abort();  // no test is running
  RunToTheEnd("fourth", TestScenario::Server, 1);
  return 0;
}
