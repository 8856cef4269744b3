#include "settings/effective.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <string_view>

#include "base/text.h"
#include "base/units.h"
#include "scenario/traits.h"
#include "settings/effective_table.h"
#include "settings/round_form.h"

namespace mlperf::settings {
namespace {

// One query may well take longer than a short test.
constexpr uint64_t kLeastDrainMs = 60'000;

int64_t DrainTimeoutMs(const TestSettings& settings) {
  if (settings.drain_timeout_ms != 0) return static_cast<int64_t>(settings.drain_timeout_ms);
  if (settings.max_duration_ms == 0) return 0;
  return static_cast<int64_t>(std::max(settings.max_duration_ms, kLeastDrainMs));
}

constexpr uint64_t kMaxCount = std::numeric_limits<uint64_t>::max();  // where a count overflows
// Samples or queries prepared beyond what the expected rate makes of the shortest run.
constexpr double kOfflineSlack = 1.1;
constexpr double kEqualIssueSlack = 2.0;

void AddError(base::Entries* entries, const std::string& text) {
  entries->push_back(
      {"error_invalid_test_settings", base::JsonString(text), base::Severity::kError});
}

// A count of samples to load: what the library has, where more are asked for.
uint64_t AtMost(uint64_t qsl_total_count, uint64_t requested, std::string_view field,
                base::Entries* entries) {
  if (requested <= qsl_total_count) return requested;
  const std::string total = std::to_string(qsl_total_count);
  entries->push_back(base::Warning(std::string(field) + " = " + std::to_string(requested) +
                                   " is more than the library's " + total + " samples: " + total +
                                   " are used"));
  return qsl_total_count;
}

double Rate(double requested, std::string_view field, base::Entries* entries) {
  if (requested >= 0) return requested;
  AddError(entries, "Invalid value for " + std::string(field) +
                        " requested. requested: " + base::General(requested) + " using: 1");
  return 1;
}

// How long a query may last when `max_async_queries` may be out, one more every interval.
int64_t IntervalBoundNs(double queries_per_second, uint64_t max_async_queries) {
  const double bound = static_cast<double>(max_async_queries) *
                       std::floor(1 / queries_per_second * base::kNsPerSecond);
  constexpr auto kTooLong = static_cast<double>(std::numeric_limits<int64_t>::max());
  return bound < kTooLong ? static_cast<int64_t>(bound) : std::numeric_limits<int64_t>::max();
}

uint64_t ExpectedCount(double slack, uint64_t min_duration_ms, double qps) {
  const double count = slack * (static_cast<double>(min_duration_ms) / 1000.0) * qps;
  if (count >= static_cast<double>(kMaxCount)) return kMaxCount;
  return count > 0 ? static_cast<uint64_t>(count) : 0;
}

// With equal issue every loaded sample is used equally often: the query count goes up to the next
// multiple of the library's performance count, by a whole one where it is a multiple already.
uint64_t EqualIssueQueryCount(const EffectiveSettings& settings, uint64_t qsl_performance_count) {
  const auto min_duration_ms = static_cast<uint64_t>(settings.min_duration_ms);
  const uint64_t count =
      std::max(settings.min_query_count,
               ExpectedCount(kEqualIssueSlack, min_duration_ms, settings.target_qps));
  if (qsl_performance_count == 0) return count;
  const uint64_t added = qsl_performance_count - count % qsl_performance_count;
  return count > kMaxCount - added ? kMaxCount : count + added;
}

uint64_t Product(uint64_t a, uint64_t b) { return a != 0 && b > kMaxCount / a ? kMaxCount : a * b; }

}  // namespace

EffectiveSettings Derive(const TestSettings& settings, uint64_t qsl_total_count,
                         uint64_t qsl_performance_count, base::Entries* entries) {
  EffectiveSettings result;
  CopySettings(settings, result);
  result.performance_set_of_whole_library = FormOf(settings.rules).sets_of_all_samples;
  if (!scenario::TraitsOf(settings.scenario).poisson()) result.server_spin_us = -1;
  result.drain_timeout_ms = DrainTimeoutMs(settings);
  result.performance_sample_count =
      settings.performance_sample_count_override != 0
          ? AtMost(qsl_total_count, settings.performance_sample_count_override,
                   "performance_sample_count_override", entries)
          : AtMost(qsl_total_count, qsl_performance_count,
                   "the sample library's PerformanceSampleCount", entries);
  result.accuracy_sample_count =
      settings.accuracy_sample_count_override != 0
          ? AtMost(qsl_total_count, settings.accuracy_sample_count_override,
                   "accuracy_sample_count_override", entries)
          : qsl_total_count;

  switch (settings.scenario) {
    case TestScenario::SingleStream:
      result.target_qps = base::kNsPerSecond / settings.single_stream_expected_latency_ns;
      result.target_latency_percentile = settings.single_stream_target_latency_percentile;
      result.max_async_queries = 1;
      if (settings.sample_concatenate_permutation) {
        result.min_query_count = EqualIssueQueryCount(result, qsl_performance_count);
      }
      break;
    case TestScenario::MultiStream:
      result.target_qps = base::kNsPerSecond / settings.multi_stream_expected_latency_ns;
      result.target_latency_percentile = settings.multi_stream_target_latency_percentile;
      result.max_async_queries = 1;
      result.samples_per_query = settings.multi_stream_samples_per_query;
      break;
    case TestScenario::MultiStreamFixedInterval:
      result.target_qps = Rate(settings.multi_stream_interval_target_qps,
                               "multi_stream_interval_target_qps", entries);
      result.max_async_queries = settings.multi_stream_interval_max_async_queries;
      result.target_latency_ns = IntervalBoundNs(result.target_qps, result.max_async_queries);
      result.target_latency_percentile = settings.multi_stream_interval_target_latency_percentile;
      result.samples_per_query = settings.multi_stream_interval_samples_per_query;
      break;
    case TestScenario::Server:
      result.target_qps = Rate(settings.server_target_qps, "server_target_qps", entries);
      result.target_latency_ns = static_cast<int64_t>(settings.server_target_latency_ns);
      result.target_latency_percentile = settings.server_target_latency_percentile;
      result.max_async_queries = settings.server_max_async_queries;
      break;
    case TestScenario::Offline:
      result.target_qps = Rate(settings.offline_expected_qps, "offline_expected_qps", entries);
      result.max_async_queries = 1;
      result.target_duration_ms = 0;
      result.min_query_count = 1;
      result.samples_per_query =
          settings.performance_issue_unique
              ? result.performance_sample_count
              : std::max(settings.min_query_count,
                         ExpectedCount(kOfflineSlack, settings.min_duration_ms, result.target_qps));
      break;
  }
  result.min_sample_count = Product(result.min_query_count, result.samples_per_query);

  if (settings.performance_issue_same &&
      settings.performance_issue_same_index >= result.performance_sample_count) {
    AddError(entries,
             "Sample Idx to be repeated in performance_issue_same mode cannot be greater than "
             "loaded performance_sample_count. performance_issue_same_index: " +
                 std::to_string(settings.performance_issue_same_index) +
                 " performance_sample_count: " + std::to_string(result.performance_sample_count));
  }
  if (settings.performance_issue_unique && settings.performance_issue_same) {
    AddError(entries,
             "Performance_issue_unique and performance_issue_same, both cannot be true at the same "
             "time. performance_issue_unique: 1 performance_issue_same: 1");
  }
  return result;
}

}  // namespace mlperf::settings
