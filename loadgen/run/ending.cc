#include "run/ending.h"

#include <utility>

#include "base/text.h"
#include "base/units.h"
#include "mlperf_loadgen/errors.h"
#include "run/current.h"
#include "schedule/reader.h"

namespace mlperf::run {
namespace {

// On one line; of a text without an end the beginning.
std::string Describe(const std::exception_ptr& failure) {
  try {
    std::rethrow_exception(failure);
  } catch (const std::exception& error) {
    return base::OneLine(error.what());
  } catch (...) {
    return "an exception that is not a std::exception";
  }
}

}  // namespace

void Ending::EndEarly(EndCause cause) {
  EndCause none = EndCause::kNone;
  cause_.compare_exchange_strong(none, cause);
  InterruptSeries();
}

void Ending::ApplyRequest() {
  switch (RequestedEnd()) {
    case EndRequest::kNone:
    case EndRequest::kFailing: break;
    case EndRequest::kAbort: EndEarly(EndCause::kAborted); break;
    case EndRequest::kProcessEnds: EndEarly(EndCause::kProcessEnds); break;
    case EndRequest::kFailed: EndEarly(EndCause::kFailed); break;
  }
}

void Ending::ThrowIfForked() const {
  if (in_forked_child_) ThrowForked();
}

std::exception_ptr Ending::Exception(std::exception_ptr raised,
                                     const EffectiveSettings& settings) const {
  const EndCause cause = cause_;
  if (cause == EndCause::kTimedOut && raised == nullptr) {
    return std::make_exception_ptr(IncompleteError(missing_));
  }
  if (cause == EndCause::kFailed && raised == nullptr) return TakeRequestedError();
  if (cause != EndCause::kStalled) return raised;
  const IncompleteError error(Reason(nullptr, settings));
  if (raised == nullptr) return std::make_exception_ptr(error);
  try {
    try {
      std::rethrow_exception(raised);
    } catch (...) {
      std::throw_with_nested(error);
    }
  } catch (...) {
    return std::current_exception();
  }
}

std::string Ending::DescribeFailure(const std::exception_ptr& failure) const {
  const std::string stopped_by = hooks_.who_stopped ? hooks_.who_stopped(failure) : std::string();
  if (stopped_by.empty()) return "The test was ended by an exception: " + Describe(failure);
  const double seconds = static_cast<double>(clock_.NowNs() - begin_ns_) * 1e-9;
  return "The test was ended by " + stopped_by + " after " + base::Fixed(seconds, 1) + " s.";
}

std::string Ending::Reason(const std::exception_ptr& failure,
                           const EffectiveSettings& settings) const {
  std::string reason;
  switch (cause_.load()) {
    case EndCause::kAborted: reason = "The test was aborted."; break;
    case EndCause::kProcessEnds:
      reason = "The test was aborted because the process is ending.";
      break;
    case EndCause::kOutputFailed: reason = "A log file could not be written."; break;
    case EndCause::kTimedOut: reason = "Samples were not completed in time."; break;
    case EndCause::kStalled: reason = DescribeStall(settings); break;
    case EndCause::kFailed:
    case EndCause::kNone:
      if (failure == nullptr) return {};
      reason = DescribeFailure(failure);
      break;
  }
  return missing_.empty() ? reason : reason + "\n" + missing_;
}

void ThrowForked() {
  throw StateError("the process was forked during a test; the test goes on in the parent only");
}

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
  const uint64_t out = count.issued - count.completed;
  std::string text = "no sample has been completed for " +
                     std::to_string(silent_ns / base::kNsPerSecond) + " s; " + std::to_string(out) +
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

}  // namespace mlperf::run
