// Holds the settings of a test, as asked for and as it runs, and those of its logs. A field left
// alone keeps the default shown.

#ifndef MLPERF_LOADGEN_TEST_SETTINGS_H_
#define MLPERF_LOADGEN_TEST_SETTINGS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "api.h"
#include "cxx17.h"

namespace mlperf {

enum class TestScenario {
  SingleStream,  // one sample at a time, each after the last has completed
  MultiStream,   // one query of several samples at a time
  Server,        // single-sample queries at random (Poisson) times
  Offline,       // one query with all samples
  // The MultiStream of rounds v0.5 to v1.0: one query of several samples at each tick of a fixed
  // interval; a tick at which the query before is still out is skipped. The result is how many
  // samples a query may have. Configs call it MultiStream.
  MultiStreamFixedInterval,
};

enum class TestMode {
  SubmissionRun,    // accuracy, then performance
  AccuracyOnly,     // every sample once, all responses logged
  PerformanceOnly,  // timed; responses logged only as the accuracy_log_* settings ask
  // The highest server_target_qps that is still valid; in MultiStreamFixedInterval the highest
  // multi_stream_interval_samples_per_query, up to 65536 or the one given.
  FindPeakPerformance,
};

// Something said about a setting before the test, to be written into its detail log.
struct SettingsNote {
  bool is_error = false;  // else a warning
  std::string key;        // of the detail log
  std::string text;
  bool said = false;  // to the user; else it is when the test begins, on standard error
};

// All times name their unit. Zero means "no limit" where a limit may be absent.
struct TestSettings {
  TestScenario scenario = TestScenario::SingleStream;
  TestMode mode = TestMode::PerformanceOnly;

  // The round whose rules FromConfig applies, one of Rounds(), and in whose words and keys the logs
  // are written. Set it before FromConfig, or let that recognise the mlperf.conf of a round by its
  // seeds. Until v1.1 MultiStream is MultiStreamFixedInterval.
  std::string rules = "v6.1";

  // SingleStream. The expected latency only decides how many queries are prepared; it must be low
  // enough that the SUT does not run out of them.
  double single_stream_expected_latency_ns = 1000000;
  double single_stream_target_latency_percentile = 0.90;  // fraction

  // MultiStream. As for SingleStream, per query.
  double multi_stream_expected_latency_ns = 8000000;
  double multi_stream_target_latency_percentile = 0.99;  // fraction
  uint64_t multi_stream_samples_per_query = 8;

  // MultiStreamFixedInterval. A query is due every 1 / target_qps seconds, and goes unless
  // max_async_queries are out. Valid if no more than the rest of the percentile (1 %) of the
  // queries make the next one skip an interval, nor last longer than max_async_queries intervals.
  // Two have a second name, that of the rounds until v1.1.
  union {
    double multi_stream_interval_target_qps = 10;  // queries per second
    double multi_stream_target_qps;
  };
  double multi_stream_interval_target_latency_percentile = 0.99;  // fraction
  uint64_t multi_stream_interval_samples_per_query = 4;
  union {
    uint64_t multi_stream_interval_max_async_queries = 1;
    uint64_t multi_stream_max_async_queries;
  };
  // The bound once more, as the configs of those rounds say it: logged, without further effect.
  uint64_t multi_stream_target_latency_ns = 100000000;

  // Server. Valid if the given percentile of latencies, counted from the scheduled arrival, is
  // within the target latency.
  double server_target_qps = 1;
  uint64_t server_target_latency_ns = 100000000;
  double server_target_latency_percentile = 0.99;  // fraction
  bool server_coalesce_queries = false;            // hand over all queries that are due as one call
  int server_find_peak_qps_decimals_of_precision = 1;
  double server_find_peak_qps_boundary_step_size = 1;
  // How long before a query is due LoadGen wakes to spin, us: buys punctuality with processor time.
  // -1: as this machine's wake-ups need, 20 to 200, and 0 while no processor is free. 0: never, so
  // queries go some 40 us late.
  int server_spin_us = -1;
  uint64_t server_max_async_queries = 0;  // end the test when more are outstanding
  // Threads that call RegisterIssueQueryThread and issue the queries in turn; 0: that of StartTest.
  uint64_t server_num_issue_query_threads = 0;
  static constexpr uint64_t kMostIssueQueryThreads = 1024;

  // Offline.
  double offline_expected_qps = 1;
  bool sample_concatenate_permutation = false;  // "equal issue": every sample equally often

  uint64_t min_duration_ms = 10000;
  uint64_t max_duration_ms = 0;
  uint64_t min_query_count = 100;
  uint64_t max_query_count = 0;

  uint64_t qsl_rng_seed = 0;
  uint64_t sample_index_rng_seed = 0;
  uint64_t schedule_rng_seed = 0;

  // Which responses of a performance run reach the accuracy log.
  uint64_t accuracy_log_rng_seed = 0;
  double accuracy_log_probability = 0;        // fraction
  uint64_t accuracy_log_sampling_target = 0;  // samples; when set, replaces the probability

  bool test05 = false;  // force PerformanceOnly with the seeds below
  uint64_t test05_qsl_rng_seed = 0;
  uint64_t test05_sample_index_rng_seed = 0;
  uint64_t test05_schedule_rng_seed = 0;

  bool print_timestamps = false;

  bool performance_issue_unique = false;      // each sample at most once
  bool performance_issue_same = false;        // one sample over and over
  uint64_t performance_issue_same_index = 0;  // position in the loaded set
  uint64_t performance_sample_count_override = 0;
  uint64_t accuracy_sample_count_override = 0;

  // Token metrics of generative models. Limits apply to the Server scenario.
  bool use_token_latencies = false;
  uint64_t server_ttft_latency = 100000000;  // ns, time to first token
  uint64_t server_tpot_latency = 100000000;  // ns, time per output token
  bool infer_token_latencies = false;
  uint64_t token_latency_scaling_factor = 0;

  // How long to wait for samples, of the query before in SingleStream and MultiStream, of all after
  // the last issue, before the test is ended with an error that names them. 0: as long as
  // max_duration_ms but at least a minute, or for ever if that is 0 too.
  uint64_t drain_timeout_ms = 0;
  // How long samples may be out without one being completed, in any phase of a test, before it is
  // ended with an error that names them. For a SUT that dies in the middle, and for callbacks that
  // never return: costs a thread that wakes a few times a second. 0: for ever.
  uint64_t stall_timeout_ms = 0;

  // SingleStream and MultiStream, performance: queries do not run out before min_query_count and
  // min_duration_ms are met, as long as there is memory for what is measured of them; the expected
  // latency then limits nothing. Not with performance_issue_unique.
  bool draw_queries_as_needed = false;

  // Applies the settings that the file at `path` holds for `model` and `scenario` (its name), on
  // top of the current ones. conf_type: 0 the built-in rules (path is ignored), 1 a user.conf,
  // preceded by the built-in rules the first time for this object, 2 an audit.config.
  // Returns 0, -ENOENT when the file cannot be read or is not a regular one, -EINVAL when a line is
  // malformed (nothing of the file is applied then) or there is no such conf_type. What went wrong
  // is kept in `notes`. Throws SettingsError when it needs the built-in rules and `rules` names no
  // round.
  MLPERF_LOADGEN_API int FromConfig(const std::string& path, const std::string& model,
                                    const std::string& scenario, int conf_type = 1);

  // Errors and warnings of FromConfig; written at the top of the next test's detail log, and said
  // on standard error as it begins.
  std::vector<SettingsNote> notes;
  int user_configs_applied = 0;  // FromConfig calls with conf_type 1
};

// What a test runs with: TestSettings without defaults left to fill in, and with one meaning for
// every scenario. A field is read from Python, and where its row says so written to the logs, by
// its row in settings/table.cc (a setting) or settings/effective_table.cc (derived from several).
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
  // SingleStream, MultiStream, performance: at least this many queries can be issued.
  uint64_t ample_query_count = 0;
};

// The rounds of the benchmark, oldest first: what TestSettings::rules may be. The whole rules of
// v0.5, v0.7, v1.0, v1.1 and v6.1 are built in. The others are the rules of v6.1 with the seeds of
// their round.
MLPERF_LOADGEN_API std::vector<std::string> Rounds();

enum class LoggingMode {
  AsyncPoll,  // the default; the three differ in nothing today
  EndOfTestOnly,
  Synchronous,
};

// Where the log files go: <outdir>/<prefix>[<datetime>_]<kind><suffix>.<txt or json>, kind being
// summary, detail, accuracy and trace.
struct LogOutputSettings {
  std::string outdir = ".";
  std::string prefix = "mlperf_log_";
  std::string suffix;
  bool prefix_with_datetime = false;
  bool copy_detail_to_stdout = false;
  bool copy_summary_to_stdout = false;
};

struct LogSettings {
  bool write_files = true;  // false: run without any log file; the Report is all there is
  LogOutputSettings log_output;
  LoggingMode log_mode = LoggingMode::AsyncPoll;
  uint64_t log_mode_async_poll_interval_ms = 1000;
  // Writes a Chrome trace of every call and sample, after each series. Off by default: a trace of
  // a long run takes gigabytes. When off, the trace file is empty.
  bool enable_trace = false;
  // Fills Report::timeline and Report::curves, which costs some 10 ns a sample after the series.
  bool keep_timeline = false;
};

}  // namespace mlperf

#endif  // MLPERF_LOADGEN_TEST_SETTINGS_H_
