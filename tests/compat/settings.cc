// Every setting by its established name and type, the configuration calls in all their forms, and
// where the log files go.

#include <iostream>
#include <map>
#include <sstream>
#include <type_traits>

#include "expect.h"
#include "loadgen.h"
#include "test_settings.h"

namespace {

using mlperf::TestMode;
using mlperf::TestScenario;

std::string ToString(TestScenario scenario) {
  switch (scenario) {
    case TestScenario::SingleStream: return "Single Stream";
    case TestScenario::MultiStream: return "Multi Stream";
    case TestScenario::Server: return "Server";
    case TestScenario::Offline: return "Offline";
    default: return "?";
  }
}

const std::map<std::string, TestScenario> kScenarios = {
    {"SingleStream", TestScenario::SingleStream},
    {"MultiStream", TestScenario::MultiStream},
    {"Server", TestScenario::Server},
    {"Offline", TestScenario::Offline},
};

const std::map<TestMode, const char*> kModes = {
    {TestMode::SubmissionRun, "SubmissionRun"},
    {TestMode::AccuracyOnly, "AccuracyOnly"},
    {TestMode::PerformanceOnly, "PerformanceOnly"},
    {TestMode::FindPeakPerformance, "FindPeakPerformance"},
};

template <typename Expected, typename Field>
void Set(Field& field, Expected value) {
  static_assert(std::is_same<Expected, Field>::value, "a field's type is part of the API");
  field = value;
}

mlperf::TestSettings EveryField() {
  mlperf::TestSettings s;
  s.scenario = TestScenario::Server;
  s.mode = TestMode::PerformanceOnly;
  Set<double>(s.single_stream_expected_latency_ns, 1e6);
  Set<double>(s.single_stream_target_latency_percentile, 0.9);
  Set<double>(s.multi_stream_expected_latency_ns, 8e6);
  Set<double>(s.multi_stream_target_latency_percentile, 0.99);
  Set<uint64_t>(s.multi_stream_samples_per_query, 8);
  Set<double>(s.server_target_qps, 1000);
  Set<uint64_t>(s.server_target_latency_ns, 100000000);
  Set<double>(s.server_target_latency_percentile, 0.99);
  Set<bool>(s.server_coalesce_queries, false);
  Set<int>(s.server_find_peak_qps_decimals_of_precision, 1);
  Set<double>(s.server_find_peak_qps_boundary_step_size, 1);
  Set<uint64_t>(s.server_max_async_queries, 0);
  Set<uint64_t>(s.server_num_issue_query_threads, 0);
  Set<double>(s.offline_expected_qps, 1000);
  Set<bool>(s.sample_concatenate_permutation, false);
  Set<uint64_t>(s.min_duration_ms, 0);
  Set<uint64_t>(s.max_duration_ms, 0);
  Set<uint64_t>(s.min_query_count, 200);
  Set<uint64_t>(s.max_query_count, 0);
  Set<uint64_t>(s.qsl_rng_seed, 1);
  Set<uint64_t>(s.sample_index_rng_seed, 2);
  Set<uint64_t>(s.schedule_rng_seed, 3);
  Set<uint64_t>(s.accuracy_log_rng_seed, 4);
  Set<double>(s.accuracy_log_probability, 0);
  Set<uint64_t>(s.accuracy_log_sampling_target, 0);
  Set<bool>(s.test05, false);
  Set<uint64_t>(s.test05_qsl_rng_seed, 5);
  Set<uint64_t>(s.test05_sample_index_rng_seed, 6);
  Set<uint64_t>(s.test05_schedule_rng_seed, 7);
  Set<bool>(s.print_timestamps, false);
  Set<bool>(s.performance_issue_unique, false);
  Set<bool>(s.performance_issue_same, false);
  Set<uint64_t>(s.performance_issue_same_index, 0);
  Set<uint64_t>(s.performance_sample_count_override, 0);
  Set<uint64_t>(s.accuracy_sample_count_override, 0);
  Set<bool>(s.use_token_latencies, false);
  Set<uint64_t>(s.server_ttft_latency, 100000000);
  Set<uint64_t>(s.server_tpot_latency, 100000000);
  Set<bool>(s.infer_token_latencies, false);
  Set<uint64_t>(s.token_latency_scaling_factor, 0);
  return s;
}

void ReadConfigs() {
  std::ofstream("user.conf") << "# a comment\n"
                                "*.Server.target_qps = 1234.5\n"
                                "resnet50.*.min_query_count = 77\n"
                                "*.*.min_duration = 60\n";
  mlperf::TestSettings settings;
  settings.scenario = kScenarios.at("Server");
  EXPECT(settings.FromConfig("user.conf", "resnet50", "Server") == 0);
  EXPECT(settings.server_target_qps == 1234.5);
  EXPECT(settings.server_target_latency_ns == 15000000);  // of the built-in rules
  EXPECT(settings.min_query_count == 77 && settings.min_duration_ms == 60);

  mlperf::TestSettings audited;
  const int returned = audited.FromConfig("user.conf", "*", ToString(TestScenario::Server), 2);
  EXPECT(returned == 0);
  EXPECT(audited.server_target_qps == 1234.5 && audited.min_query_count == 100);
  EXPECT(audited.FromConfig("", "bert", "Offline", 0) == 0);

  EXPECT(audited.FromConfig("missing.conf", "bert", "Offline") == -2);
  std::ofstream("bad.conf") << "no equals sign\n";
  if (audited.FromConfig("bad.conf", "bert", "Offline", 2) != -22) std::exit(1);
}

class Nothing : public mlperf::SystemUnderTest, public mlperf::QuerySampleLibrary {
 public:
  const std::string& Name() override { return name_; }
  void IssueQuery(const std::vector<mlperf::QuerySample>& samples) override {
    mlperf::QuerySampleResponse response{samples[0].id, 0, 0};
    mlperf::QuerySamplesComplete(&response, 1);
  }
  void FlushQueries() override {}
  size_t TotalSampleCount() override { return 10; }
  size_t PerformanceSampleCount() override { return 10; }
  void LoadSamplesToRam(const std::vector<mlperf::QuerySampleIndex>&) override {}
  void UnloadSamplesFromRam(const std::vector<mlperf::QuerySampleIndex>&) override {}

 private:
  std::string name_ = "Nothing";
};

}  // namespace

int main() {
  static_assert(static_cast<int>(TestScenario::Offline) == 3, "");
  static_assert(static_cast<int>(TestMode::FindPeakPerformance) == 3, "");
  static_assert(static_cast<int>(mlperf::LoggingMode::Synchronous) == 2, "");
  std::ostringstream modes;
  for (const auto& mode : kModes) modes << static_cast<int>(mode.first) << mode.second << ' ';
  std::cout << modes.str() << std::endl;

  ReadConfigs();

  mlperf::LogSettings log_settings;
  log_settings.log_output.outdir = FreshFolder("logs");
  log_settings.log_output.prefix = "run_";
  log_settings.log_output.suffix = "_a";
  log_settings.log_output.prefix_with_datetime = false;
  log_settings.log_output.copy_detail_to_stdout = false;
  log_settings.log_output.copy_summary_to_stdout = true;
  log_settings.log_mode = mlperf::LoggingMode::EndOfTestOnly;
  log_settings.log_mode_async_poll_interval_ms = 500;
  log_settings.enable_trace = false;
  Nothing nothing;
  mlperf::StartTest(&nothing, &nothing, EveryField(), log_settings, "");
  const std::string detail = ReadFile("logs/run_detail_a.txt");
  EXPECT(Holds(ReadFile("logs/run_summary_a.txt"), "schedule_rng_seed : 3"));
  EXPECT(Holds(detail, "\"key\": \"requested_server_target_qps\", \"value\": 1000"));
  return 0;
}
