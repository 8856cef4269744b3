// The settings a test really runs with.

#ifndef MLPERF_LOADGEN_EFFECTIVE_SETTINGS_H_
#define MLPERF_LOADGEN_EFFECTIVE_SETTINGS_H_

#include <cstdint>
#include <string>

#include "cxx17.h"
#include "test_settings.h"

namespace mlperf {

// TestSettings after derivation_entries: one meaning for every scenario, no defaults left to fill
// in.
struct EffectiveSettings {
  TestScenario scenario = TestScenario::SingleStream;
  TestMode mode = TestMode::PerformanceOnly;
  std::string rules = "v6.1";  // the round whose words and keys the logs have
  uint64_t samples_per_query = 1;
  double target_qps = 1;
  int64_t target_latency_ns = 0;
  double target_latency_percentile = 0.99;
  uint64_t max_async_queries = 0;
  int64_t target_duration_ms = 0;
  int64_t min_duration_ms = 0;
  int64_t max_duration_ms = 0;
  uint64_t min_query_count = 0;
  uint64_t max_query_count = 0;
  uint64_t min_sample_count = 0;
  uint64_t qsl_rng_seed = 0;
  uint64_t sample_index_rng_seed = 0;
  uint64_t schedule_rng_seed = 0;
  uint64_t accuracy_log_rng_seed = 0;
  double accuracy_log_probability = 0;
  uint64_t accuracy_log_sampling_target = 0;
  bool print_timestamps = false;
  bool performance_issue_unique = false;
  bool performance_issue_same = false;
  uint64_t performance_issue_same_index = 0;
  uint64_t performance_sample_count = 0;
  uint64_t accuracy_sample_count = 0;
  // The performance set is the beginning of the shuffled library, as in the rounds until v5.1; else
  // a shuffle of the library's beginning.
  bool performance_set_of_whole_library = false;
  bool sample_concatenate_permutation = false;

  bool server_coalesce_queries = false;
  int server_spin_us = -1;
  uint64_t server_num_issue_query_threads = 0;
  int find_peak_qps_decimals_of_precision = 1;
  double find_peak_qps_boundary_step_size = 1;
  bool use_token_latencies = false;
  int64_t ttft_latency_ns = 0;
  int64_t tpot_latency_ns = 0;
  bool infer_token_latencies = false;
  uint64_t token_latency_scaling_factor = 0;
  int64_t drain_timeout_ms = 0;  // 0: for ever
  int64_t stall_timeout_ms = 0;  // 0: for ever
  // SingleStream, MultiStream, performance: at least so many queries are there to be issued.
  uint64_t ample_query_count = 0;
};

}  // namespace mlperf

#endif  // MLPERF_LOADGEN_EFFECTIVE_SETTINGS_H_
