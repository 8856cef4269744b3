// The smallest performance program: library and system in one class, every sample completed where
// it is issued. One object serves test after test, scenario after scenario.

#include "expect.h"
#include "loadgen.h"
#include "query_sample.h"
#include "query_sample_library.h"
#include "system_under_test.h"
#include "test_settings.h"

using namespace mlperf;

class NullSystem : public SystemUnderTest, public QuerySampleLibrary {
 public:
  const std::string& Name() override { return name_; }

  void IssueQuery(const std::vector<QuerySample>& samples) override {
    std::vector<QuerySampleResponse> responses;
    responses.reserve(samples.size());
    for (const auto& sample : samples) responses.push_back({sample.id, 0, 0});
    QuerySamplesComplete(responses.data(), responses.size());
    issued_ += samples.size();
    ++queries_;
  }
  void FlushQueries() override { ++flushes_; }

  size_t TotalSampleCount() override { return 1024 * 1024; }
  size_t PerformanceSampleCount() override { return 1024; }
  void LoadSamplesToRam(const std::vector<QuerySampleIndex>& samples) override {
    loaded_ += samples.size();
  }
  void UnloadSamplesFromRam(const std::vector<QuerySampleIndex>& samples) override {
    loaded_ -= samples.size();
  }

  size_t issued_ = 0;
  size_t queries_ = 0;
  size_t flushes_ = 0;
  size_t loaded_ = 0;

 private:
  std::string name_{"NullSystem"};
};

static void Run(NullSystem& system, TestScenario scenario, const std::string& name,
                size_t samples_per_query) {
  TestSettings settings;
  settings.scenario = scenario;
  settings.mode = TestMode::PerformanceOnly;
  settings.min_duration_ms = 0;
  settings.min_query_count = 1000;
  settings.single_stream_expected_latency_ns = 1000;
  settings.multi_stream_expected_latency_ns = 10000;
  settings.multi_stream_samples_per_query = 16;
  settings.server_target_qps = 20000;
  settings.server_target_latency_ns = 1000000000;
  settings.offline_expected_qps = 20000;

  LogSettings log_settings;
  log_settings.log_output.outdir = FreshFolder(name);
  log_settings.enable_trace = false;

  const size_t issued = system.issued_;
  const size_t queries = system.queries_;
  const size_t flushes = system.flushes_;
  StartTest(&system, &system, settings, log_settings);

  EXPECT(IsValid(name));
  EXPECT(Holds(ReadLog(name, "summary.txt"), "SUT name : NullSystem"));
  EXPECT(DetailValue(name, "result_validity") == "\"VALID\"");
  EXPECT(DetailValue(name, "qsl_name") == "\"NullSystem\"");
  EXPECT(system.issued_ - issued >= 1000);
  if (samples_per_query != 0) {
    EXPECT((system.queries_ - queries) * samples_per_query == system.issued_ - issued);
  } else {
    EXPECT(system.queries_ - queries == 1);
  }
  EXPECT(system.flushes_ == flushes + 1);
  EXPECT(system.loaded_ == 0);
}

int main() {
  NullSystem system;
  Run(system, TestScenario::SingleStream, "single_stream", 1);
  Run(system, TestScenario::MultiStream, "multi_stream", 16);
  Run(system, TestScenario::Server, "server", 1);
  Run(system, TestScenario::Offline, "offline", 0);
  return 0;
}
