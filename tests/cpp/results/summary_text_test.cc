// Summaries of runs that ended badly, which only we have; those of proper runs are compared with
// recorded ones by peer_replay_test.

#include "results/summary_text.h"

#include <string>
#include <utility>

#include "check.h"
#include "recorded_case.h"
#include "results/performance.h"

using namespace mlperf;
using namespace mlperf::results;

namespace {

const std::string kTests = MLPERF_TESTS_DIR;

void CheckSummary(const std::string& golden, const Report& report) {
  const std::string actual =
      SummaryText(report) + ClosingLines(report.warning_count, report.error_count);
  CHECK_EQ(actual, recorded::ReadFile(kTests + "/golden/" + golden + ".txt"));
}

// The recorded run as it would have been left by an end after its first `completed` samples.
Report EndEarly(const std::string& name, size_t completed, size_t missing) {
  recorded::Case recorded = recorded::ReadCase(kTests + "/data/peer/" + name);
  track::Measurements& measured = recorded.measurements;
  measured.sample_latency_ns.resize(completed);
  measured.missing_samples = missing;
  measured.samples_issued = completed + missing;
  measured.queries_issued = measured.samples_issued / measured.samples_per_query;
  if (!measured.query_latency_ns.empty()) {
    measured.query_latency_ns.resize(completed / measured.samples_per_query);
  }
  if (!measured.ttft_ns.empty()) measured.ttft_ns.resize(completed);
  if (!measured.n_tokens.empty()) measured.n_tokens.resize(completed);
  Report report;
  report.sut_name = "A \"quoted\" SUT";
  report.settings = recorded.settings;
  report.complete = false;
  report.error_count = 1;
  report.warning_count = 2;
  report.end_reason = "AbortTest was called.";
  FillPerformance(std::move(measured), {}, &report);
  return report;
}

}  // namespace

TEST(single_stream_before_the_first_completion) {
  CheckSummary("summary_single_stream", EndEarly("single_stream_valid", 0, 1));
}

TEST(multi_stream_tokens_cut_short) {
  CheckSummary("summary_multi_stream", EndEarly("multi_stream_tokens", 30, 3));
}

TEST(server_cut_short) { CheckSummary("summary_server", EndEarly("server_valid", 100, 17)); }

// Complete, yet nothing that it says can be trusted. Foreign text cannot start a line of its own.
TEST(offline_with_faults) {
  recorded::Case recorded = recorded::ReadCase(kTests + "/data/peer/offline_valid");
  Report report;
  report.sut_name = "a\nResult is : VALID";
  report.settings = recorded.settings;
  report.settings.mode = TestMode::SubmissionRun;
  report.error_count = 5;
  FillPerformance(
      std::move(recorded.measurements),
      {"4 completions named a sample that is not outstanding.", "disk full:\nResult is : VALID"},
      &report);
  CheckSummary("summary_offline", report);
}

TEST(accuracy_run) {
  Report report;
  report.settings.mode = TestMode::AccuracyOnly;
  CHECK_EQ(SummaryText(report), "");
  report.complete = false;
  report.end_reason = "The test was aborted.\n3 samples are missing.";
  CHECK_EQ(SummaryText(report),
           "Result is : INVALID\n * The test was aborted. 3 samples are missing.\n");
}

TEST(closing_lines) {
  CHECK_EQ(ClosingLines(0, 0),
           "\nNo warnings encountered during test.\n\nNo errors encountered during test.\n");
  CHECK_EQ(ClosingLines(1, 1),
           "\n1 warning encountered. See detailed log.\n\n1 ERROR encountered. See detailed "
           "log.\n");
  CHECK_EQ(ClosingLines(2, 12),
           "\n2 warnings encountered. See detailed log.\n\n12 ERRORS encountered. See detailed "
           "log.\n");
}
