// A run that was recorded elsewhere: tests/data/peer/<case>/measurements.txt, lines "name = value".

#ifndef MLPERF_LOADGEN_TESTS_CPP_RECORDED_CASE_H_
#define MLPERF_LOADGEN_TESTS_CPP_RECORDED_CASE_H_

#include <cstdint>
#include <fstream>
#include <initializer_list>
#include <map>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "mlperf_loadgen/test_settings.h"
#include "settings/names.h"
#include "track/measurements.h"

namespace recorded {

inline std::string ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error("cannot read " + path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

struct Case {
  mlperf::EffectiveSettings settings;
  mlperf::track::Measurements measurements;
  uint64_t error_count = 0;
  uint64_t warning_count = 0;
};

class Reader {
 public:
  explicit Reader(const std::string& path) {
    std::istringstream lines(ReadFile(path));
    for (std::string line; std::getline(lines, line);) {
      const size_t equals = line.find(" = ");
      if (equals == std::string::npos) throw std::runtime_error("not a setting: " + line);
      values_[line.substr(0, equals)] = line.substr(equals + 3);
    }
  }

  template <typename T>
  void Take(const std::string& name, T* value) {
    std::istringstream text(TakeText(name));
    if (!(text >> *value)) throw std::runtime_error("bad value of " + name);
  }

  template <typename Enum>
  void TakeName(const std::string& name, std::initializer_list<Enum> choices, Enum* value) {
    const std::string text = TakeText(name);
    for (const Enum choice : choices) {
      if (text == mlperf::settings::Name(choice)) {
        *value = choice;
        return;
      }
    }
    throw std::runtime_error("no such " + name + ": " + text);
  }

  // Empty when there is no such line.
  std::vector<int64_t> TakeList(const std::string& name) {
    std::vector<int64_t> list;
    if (values_.count(name) == 0) return list;
    std::istringstream text(TakeText(name));
    for (int64_t value = 0; text >> value;) list.push_back(value);
    return list;
  }

  void CheckAllTaken() const {
    if (!values_.empty()) throw std::runtime_error("unknown: " + values_.begin()->first);
  }

 private:
  std::string TakeText(const std::string& name) {
    const auto found = values_.find(name);
    if (found == values_.end()) throw std::runtime_error("missing: " + name);
    std::string text = found->second;
    values_.erase(found);
    return text;
  }

  std::map<std::string, std::string> values_;
};

inline Case ReadCase(const std::string& folder) {
  using mlperf::TestMode;
  using mlperf::TestScenario;
  Reader reader(folder + "/measurements.txt");
  Case result;
  mlperf::EffectiveSettings& s = result.settings;
  reader.TakeName("scenario",
                  {TestScenario::SingleStream, TestScenario::MultiStream, TestScenario::Server,
                   TestScenario::Offline},
                  &s.scenario);
  reader.TakeName("mode", {TestMode::SubmissionRun, TestMode::PerformanceOnly}, &s.mode);
  reader.Take("samples_per_query", &s.samples_per_query);
  reader.Take("target_qps", &s.target_qps);
  reader.Take("target_latency_ns", &s.target_latency_ns);
  reader.Take("target_latency_percentile", &s.target_latency_percentile);
  reader.Take("max_async_queries", &s.max_async_queries);
  reader.Take("min_duration_ms", &s.min_duration_ms);
  reader.Take("max_duration_ms", &s.max_duration_ms);
  reader.Take("min_query_count", &s.min_query_count);
  reader.Take("max_query_count", &s.max_query_count);
  reader.Take("min_sample_count", &s.min_sample_count);
  reader.Take("qsl_rng_seed", &s.qsl_rng_seed);
  reader.Take("sample_index_rng_seed", &s.sample_index_rng_seed);
  reader.Take("schedule_rng_seed", &s.schedule_rng_seed);
  reader.Take("accuracy_log_rng_seed", &s.accuracy_log_rng_seed);
  reader.Take("accuracy_log_probability", &s.accuracy_log_probability);
  reader.Take("accuracy_log_sampling_target", &s.accuracy_log_sampling_target);
  reader.Take("print_timestamps", &s.print_timestamps);
  reader.Take("performance_issue_unique", &s.performance_issue_unique);
  reader.Take("performance_issue_same", &s.performance_issue_same);
  reader.Take("performance_issue_same_index", &s.performance_issue_same_index);
  reader.Take("performance_sample_count", &s.performance_sample_count);
  reader.Take("accuracy_sample_count", &s.accuracy_sample_count);
  reader.Take("sample_concatenate_permutation", &s.sample_concatenate_permutation);
  reader.Take("use_token_latencies", &s.use_token_latencies);
  reader.Take("ttft_latency_ns", &s.ttft_latency_ns);
  reader.Take("tpot_latency_ns", &s.tpot_latency_ns);
  reader.Take("infer_token_latencies", &s.infer_token_latencies);
  reader.Take("token_latency_scaling_factor", &s.token_latency_scaling_factor);
  reader.Take("error_count", &result.error_count);
  reader.Take("warning_count", &result.warning_count);

  mlperf::track::Measurements& m = result.measurements;
  m.samples_per_query = s.samples_per_query;
  reader.Take("queries_issued", &m.queries_issued);
  reader.Take("final_scheduled_ns", &m.final_scheduled_ns);
  reader.Take("final_issued_ns", &m.final_issued_ns);
  reader.Take("final_all_done_ns", &m.final_all_done_ns);
  reader.Take("last_completion_ns", &m.last_completion_ns);
  m.sample_latency_ns = reader.TakeList("sample_latency_ns");
  m.query_latency_ns = reader.TakeList("query_latency_ns");
  m.ttft_ns = reader.TakeList("ttft_ns");
  m.n_tokens = reader.TakeList("n_tokens");
  m.samples_issued = m.sample_latency_ns.size();
  reader.CheckAllTaken();
  return result;
}

}  // namespace recorded

#endif  // MLPERF_LOADGEN_TESTS_CPP_RECORDED_CASE_H_
