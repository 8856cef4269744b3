// The shortest SUT, which answers every sample at once: an Offline test of it, and the result.
// Log files go to the working directory.

#include <cstdio>
#include <exception>
#include <string>
#include <vector>

#include "loadgen.h"

class NullSut : public mlperf::SystemUnderTest {
 public:
  const std::string& Name() override { return name_; }

  void IssueQuery(const std::vector<mlperf::QuerySample>& samples) override {
    std::vector<mlperf::QuerySampleResponse> responses;
    responses.reserve(samples.size());
    for (const mlperf::QuerySample& sample : samples) responses.emplace_back(sample.id, 0, 0);
    mlperf::QuerySamplesComplete(responses.data(), responses.size());
  }

  void FlushQueries() override {}

 private:
  std::string name_ = "NullSut";
};

class NullLibrary : public mlperf::QuerySampleLibrary {
 public:
  const std::string& Name() override { return name_; }
  size_t TotalSampleCount() override { return 1024; }
  size_t PerformanceSampleCount() override { return 1024; }
  void LoadSamplesToRam(const std::vector<mlperf::QuerySampleIndex>&) override {}
  void UnloadSamplesFromRam(const std::vector<mlperf::QuerySampleIndex>&) override {}

 private:
  std::string name_ = "NullLibrary";
};

int main() try {
  mlperf::TestSettings settings;
  settings.scenario = mlperf::TestScenario::Offline;
  settings.mode = mlperf::TestMode::PerformanceOnly;
  settings.offline_expected_qps = 100000;  // with the duration: how many samples to prepare
  settings.min_duration_ms = 0;            // a real run has 600,000

  NullSut sut;
  NullLibrary library;
  const mlperf::Report report = mlperf::RunTest(&sut, &library, settings, mlperf::LogSettings());
  std::printf("%s: %s, %.0f samples/s\n", report.sut_name.c_str(),
              report.valid ? "VALID" : "INVALID", report.samples_per_second);
  return report.valid ? 0 : 1;
} catch (const std::exception& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
}
