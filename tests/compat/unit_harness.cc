// A unit test as a test framework runs it: fixtures that subclass the interfaces and count calls,
// cases one after another in one process, the logs parsed afterwards.

#include <cmath>
#include <map>
#include <vector>

#include "expect.h"
#include "loadgen.h"
#include "query_sample_library.h"
#include "system_under_test.h"
#include "test_settings.h"

using namespace mlperf;
using ::std::string;
using ::std::vector;

struct Case {
  const char* name;
  void (*body)(const string& folder);
};

class CountingQsl : public QuerySampleLibrary {
 public:
  CountingQsl(size_t total, size_t performance) : total(total), performance(performance) {}
  const string& Name() override { return name; }
  size_t TotalSampleCount() override { return total; }
  size_t PerformanceSampleCount() override { return performance; }
  void LoadSamplesToRam(const vector<QuerySampleIndex>& samples) override {
    loads++;
    for (auto index : samples) in_ram[index]++;
    EXPECT(in_ram.size() <= performance);
  }
  void UnloadSamplesFromRam(const vector<QuerySampleIndex>& samples) override {
    unloads++;
    for (auto index : samples) {
      if (--in_ram[index] == 0) in_ram.erase(index);
    }
  }

  string name = "CountingQsl";
  size_t total, performance;
  std::map<QuerySampleIndex, int> in_ram;
  int loads = 0, unloads = 0;
};

class CountingSut : public SystemUnderTest {
 public:
  explicit CountingSut(CountingQsl* qsl) : qsl_(qsl) {}
  const string& Name() override { return name_; }
  void IssueQuery(const vector<QuerySample>& samples) override {
    EXPECT(!samples.empty());
    vector<QuerySampleResponse> responses;
    for (auto s : samples) {
      EXPECT(qsl_->in_ram.count(s.index) == 1);
      indices.push_back(s.index);
      responses.push_back(QuerySampleResponse(s.id, (uintptr_t)&s.index, sizeof(s.index)));
      QuerySamplesComplete(&responses.back(), 1);  // its bytes are read before this returns
    }
    sizes.push_back(samples.size());
  }
  void FlushQueries() override { flushes++; }

  vector<QuerySampleIndex> indices;
  vector<size_t> sizes;
  int flushes = 0;

 private:
  CountingQsl* qsl_;
  string name_ = "CountingSut";
};

static LogSettings Logs(const string& folder) {
  LogSettings settings;
  settings.log_output.outdir = folder;
  return settings;
}

static TestSettings Quick(TestScenario scenario, TestMode mode) {
  TestSettings settings;
  settings.scenario = scenario;
  settings.mode = mode;
  settings.min_duration_ms = 0;
  settings.min_query_count = 150;
  settings.max_query_count = 150;
  settings.server_target_qps = 10000;
  settings.offline_expected_qps = 100;
  settings.multi_stream_target_latency_percentile = 0.9;
  return settings;
}

static void AccuracyLoadsEverySampleOnce(const string& folder) {
  for (TestScenario scenario : {TestScenario::SingleStream, TestScenario::MultiStream,
                                TestScenario::Server, TestScenario::Offline}) {
    CountingQsl qsl(100, 32);
    CountingSut sut(&qsl);
    StartTest(&sut, &qsl, Quick(scenario, TestMode::AccuracyOnly), Logs(folder));
    EXPECT(qsl.loads == 4 && qsl.unloads == 4 && qsl.in_ram.empty());
    EXPECT(sut.flushes == 4);
    vector<bool> seen(100);
    for (auto index : sut.indices) seen[index] = true;
    for (bool once : seen) EXPECT(once);
    const string accuracy = ReadLog(folder, "accuracy.json");
    EXPECT(accuracy.front() == '[');
    EXPECT(Holds(accuracy, "\"qsl_idx\" : 99, \"data\" : \"6300000000000000\""));
  }
}

static void SeedsDecideTheOrder(const string& folder) {
  CountingQsl qsl(100, 100);
  CountingSut first(&qsl), again(&qsl), other(&qsl);
  TestSettings settings = Quick(TestScenario::SingleStream, TestMode::PerformanceOnly);
  settings.qsl_rng_seed = 0xABCD1234;
  settings.sample_index_rng_seed = 0x1234ABCD;
  settings.schedule_rng_seed = 0xA0B1C2D3;
  StartTest(&first, &qsl, settings, Logs(folder));
  StartTest(&again, &qsl, settings, Logs(folder));
  settings.sample_index_rng_seed++;
  StartTest(&other, &qsl, settings, Logs(folder));
  EXPECT(first.indices.size() == 150);
  EXPECT(first.indices == again.indices);
  EXPECT(first.indices != other.indices);
}

static void MultiStreamQueriesHaveTheirSize(const string& folder) {
  CountingQsl qsl(64, 64);
  CountingSut sut(&qsl);
  TestSettings settings = Quick(TestScenario::MultiStream, TestMode::PerformanceOnly);
  settings.multi_stream_samples_per_query = 5;
  StartTest(&sut, &qsl, settings, Logs(folder));
  EXPECT(sut.sizes == vector<size_t>(150, 5));
  EXPECT(IsValid(folder));
}

static void SubmissionRunMeasuresAfterAccuracy(const string& folder) {
  CountingQsl qsl(40, 40);
  CountingSut sut(&qsl);
  StartTest(&sut, &qsl, Quick(TestScenario::Offline, TestMode::SubmissionRun), Logs(folder));
  EXPECT(sut.sizes == (vector<size_t>{40, 150}));
  EXPECT(qsl.loads == 2 && qsl.unloads == 2);
  EXPECT(std::isfinite(std::stod(DetailValue(folder, "result_samples_per_second"))));
}

static void FindPeakPerformanceEnds(const string& folder) {
  CountingQsl qsl(40, 40);
  CountingSut sut(&qsl);
  TestSettings settings = Quick(TestScenario::Server, TestMode::FindPeakPerformance);
  settings.max_query_count = 0;
  settings.server_target_latency_ns = 1;  // at the first trial already too much: no search
  StartTest(&sut, &qsl, settings, Logs(folder));
  EXPECT(Holds(ReadLog(folder, "summary.txt"), "Result is : INVALID"));
}

int main() {
  const Case cases[] = {
      {"AccuracyLoadsEverySampleOnce", AccuracyLoadsEverySampleOnce},
      {"SeedsDecideTheOrder", SeedsDecideTheOrder},
      {"MultiStreamQueriesHaveTheirSize", MultiStreamQueriesHaveTheirSize},
      {"SubmissionRunMeasuresAfterAccuracy", SubmissionRunMeasuresAfterAccuracy},
      {"FindPeakPerformanceEnds", FindPeakPerformanceEnds},
  };
  for (const Case& one : cases) {
    std::printf("[ RUN      ] %s\n", one.name);
    one.body(FreshFolder(one.name));
    std::printf("[       OK ] %s\n", one.name);
  }
  return 0;
}
