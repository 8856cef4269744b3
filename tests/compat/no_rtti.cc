// A system under test that is compiled without run-time type information and without exceptions:
// one that takes samples as objects, and one that takes them as arrays.

#include <vector>

#include "expect.h"
#include "loadgen.h"

namespace {

class Library : public mlperf::QuerySampleLibrary {
 public:
  const std::string& Name() override { return name_; }
  size_t TotalSampleCount() override { return 64; }
  size_t PerformanceSampleCount() override { return 64; }
  void LoadSamplesToRam(const std::vector<mlperf::QuerySampleIndex>&) override {}
  void UnloadSamplesFromRam(const std::vector<mlperf::QuerySampleIndex>&) override {}

 private:
  std::string name_ = "Library";
};

class Objects : public mlperf::SystemUnderTest {
 public:
  const std::string& Name() override { return name_; }
  void IssueQuery(const std::vector<mlperf::QuerySample>& samples) override {
    ++calls;
    for (const mlperf::QuerySample& sample : samples) {
      mlperf::QuerySampleResponse response(sample.id, 0, 0);
      mlperf::QuerySamplesComplete(&response, 1, [](mlperf::QuerySampleResponse*) {});
    }
  }
  void FlushQueries() override {}
  int calls = 0;

 private:
  std::string name_ = "Objects";
};

class Arrays : public mlperf::ArraySystemUnderTest {
 public:
  const std::string& Name() override { return name_; }
  void IssueSamples(const mlperf::SampleSpan& samples) override {
    ++calls;
    mlperf::ResponseSpan responses;
    responses.size = samples.size;
    responses.first_id = samples.first_id;
    responses.id_stride = samples.id_stride;
    mlperf::CompleteSamples(responses);
  }
  void FlushQueries() override {}
  int calls = 0;

 private:
  std::string name_ = "Arrays";
};

void Run(mlperf::SystemUnderTest* sut, const char* folder) {
  Library library;
  mlperf::TestSettings settings;
  settings.scenario = mlperf::TestScenario::Offline;
  settings.mode = mlperf::TestMode::PerformanceOnly;
  settings.min_duration_ms = 0;
  settings.offline_expected_qps = 1000;
  mlperf::LogSettings logs;
  logs.log_output.outdir = FreshFolder(folder);
  mlperf::StartTest(sut, &library, settings, logs);
  EXPECT(IsValid(folder));
}

}  // namespace

int main() {
  Objects objects;
  Run(&objects, "objects");
  EXPECT(objects.calls == 1);
  Arrays arrays;
  Run(&arrays, "arrays");
  EXPECT(arrays.calls == 1);
  return 0;
}
