// The keys of the requested settings, in the order of the detail log.

#ifndef MLPERF_LOADGEN_TESTS_CPP_REQUESTED_KEYS_H_
#define MLPERF_LOADGEN_TESTS_CPP_REQUESTED_KEYS_H_

#include <string>
#include <vector>

#include "mlperf_loadgen/test_settings.h"

namespace requested {

using Keys = std::vector<std::string>;

inline void Append(Keys* keys, const Keys& more) {
  keys->insert(keys->end(), more.begin(), more.end());
}

// Those that only this scenario has.
inline Keys OfScenario(mlperf::TestScenario scenario) {
  using mlperf::TestScenario;
  switch (scenario) {
    case TestScenario::SingleStream:
      return {"requested_single_stream_expected_latency_ns",
              "requested_single_stream_target_latency_percentile"};
    case TestScenario::MultiStream:
      return {"requested_multi_stream_expected_latency_ns",
              "requested_multi_stream_target_latency_percentile",
              "requested_multi_stream_samples_per_query"};
    case TestScenario::Server:
      return {"requested_server_target_qps",
              "requested_server_target_latency_ns",
              "requested_server_target_latency_percentile",
              "requested_server_coalesce_queries",
              "requested_server_find_peak_qps_decimals_of_precision",
              "requested_server_find_peak_qps_boundary_step_size",
              "requested_server_max_async_queries",
              "requested_server_num_issue_query_threads"};
    case TestScenario::Offline: return {"requested_offline_expected_qps"};
    case TestScenario::MultiStreamFixedInterval:
      return {
          "requested_multi_stream_target_qps", "requested_multi_stream_target_latency_percentile",
          "requested_multi_stream_samples_per_query", "requested_multi_stream_max_async_queries"};
  }
  return {};
}

// Of settings that no user has touched. own: further ones of the scenario alone.
inline Keys All(mlperf::TestScenario scenario, const Keys& own = {}) {
  Keys keys = {"requested_scenario", "requested_test_mode"};
  Append(&keys, OfScenario(scenario));
  Append(&keys, own);
  Append(&keys,
         {"requested_min_duration_ms", "requested_max_duration_ms", "requested_min_query_count",
          "requested_max_query_count", "requested_qsl_rng_seed", "requested_sample_index_rng_seed",
          "requested_schedule_rng_seed", "requested_accuracy_log_rng_seed",
          "requested_accuracy_log_probability", "requested_accuracy_log_sampling_target",
          "requested_print_timestamps", "requested_performance_issue_unique",
          "requested_performance_issue_same", "requested_performance_issue_same_index",
          "requested_performance_sample_count_override", "requested_accuracy_sample_count_override",
          "requested_sample_concatenate_permutation"});
  return keys;
}

}  // namespace requested

#endif  // MLPERF_LOADGEN_TESTS_CPP_REQUESTED_KEYS_H_
