#include "run/describe.h"

#include <cstdint>

#include "base/text.h"
#include "schedule/reader.h"

namespace mlperf::run {

std::string DescribeMissing(const issue::Series& series) {
  constexpr uint64_t kExamples = 5;
  const uint64_t issued = series.QueriesIssued() * series.plan.samples_per_query;
  if (series.completions.Count() >= issued) return {};
  const uint64_t end = series.QueriesEnd() * series.plan.samples_per_query;
  uint64_t missing = 0;
  std::string examples;
  schedule::Reader query(series.plan);
  for (uint64_t place = 0; place < end; ++place) {
    if (series.slots.DoneAt(place) >= 0) continue;
    if (!series.WasIssued(series.slots.QueryOf(place))) continue;
    if (++missing > kExamples) continue;
    query.AdvanceTo(series.slots.QueryOf(place));
    examples += (missing == 1 ? "" : ", ") + std::to_string(place) + " (of query " +
                std::to_string(query.query()) + ", library index " +
                std::to_string(series.SampleIndex(query, place)) + ")";
  }
  if (missing == 0) return {};
  return std::to_string(missing) + " of " + std::to_string(issued) +
         " issued samples were never completed: " + (missing == 1 ? "sample " : "samples ") +
         examples + (missing > kExamples ? ", ..." : ".");
}

std::string DescribeSilence(int64_t silent_ns, StallRule::Count count, uint64_t stall_timeout_ms) {
  constexpr int64_t kNsPerSecond = 1'000'000'000;
  const uint64_t out = count.issued - count.completed;
  std::string text = "no sample has been completed for " +
                     std::to_string(silent_ns / kNsPerSecond) + " s; " + std::to_string(out) +
                     (out == 1 ? " is out" : " are out") + " of " + std::to_string(count.issued) +
                     " issued. ";
  if (stall_timeout_ms == 0) {
    return text + "The test waits; the setting stall_timeout_ms ends a test that has to wait so.";
  }
  return text + "After " + std::to_string(stall_timeout_ms) +
         " ms the test is ended (stall_timeout_ms).";
}

std::string DescribeStall(const EffectiveSettings& settings) {
  return "No sample was completed for " + std::to_string(settings.stall_timeout_ms) +
         " ms (stall_timeout_ms).";
}

std::string Describe(const std::exception_ptr& failure) {
  try {
    std::rethrow_exception(failure);
  } catch (const std::exception& error) {
    return base::OneLine(error.what());
  } catch (...) {
    return "an exception that is no std::exception";
  }
}

}  // namespace mlperf::run
