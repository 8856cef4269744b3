// How a run ends that does not end by itself: cut short, by an exception, or as the forked copy of
// one that goes on elsewhere.

#include <exception>
#include <string>

#include "base/text.h"
#include "errors.h"
#include "run/current.h"
#include "run/describe.h"
#include "run/run.h"

namespace mlperf::run {

void Run::EndEarly(EndCause cause) {
  EndCause none = EndCause::kNo;
  end_cause_.compare_exchange_strong(none, cause);
  // Not waiting at the door: a series that begins looks at end_cause_, one that ends needs no
  // interrupt. And the owner of the door may be waiting for a completing thread, which waits for
  // this one.
  const base::GuardedPtr<Run>::Access access(CurrentRun(), std::try_to_lock);
  if (access && series_ != nullptr) series_->Interrupt();
}

void Run::ApplyEndRequest() {
  switch (RequestedEnd()) {
    case EndRequest::kNone:
    case EndRequest::kFailing: break;
    case EndRequest::kAbort: EndEarly(EndCause::kAborted); break;
    case EndRequest::kProcessEnds: EndEarly(EndCause::kProcessEnds); break;
    case EndRequest::kFailed: EndEarly(EndCause::kFailed); break;
  }
}

// As an exception; null after an abort. `raised`: by a callback or the poll, or null.
std::exception_ptr Run::EndingException(std::exception_ptr raised) const {
  const EndCause cause = end_cause_;
  if (cause == EndCause::kTimedOut && raised == nullptr) {
    return std::make_exception_ptr(IncompleteError(missing_));
  }
  if (cause == EndCause::kFailed && raised == nullptr) return TakeRequestedError();
  if (cause != EndCause::kStalled) return raised;
  const IncompleteError error(EndReason(nullptr));
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

std::string Run::DescribeEnd(const std::exception_ptr& failure) const {
  const std::string stopped_by = hooks_.who_stopped ? hooks_.who_stopped(failure) : std::string();
  if (stopped_by.empty()) return "The test was ended by an exception: " + Describe(failure);
  const double seconds = static_cast<double>(clock_.NowNs() - begin_ns_) * 1e-9;
  return "The test was ended by " + stopped_by + " after " + base::Fixed(seconds, 1) + " s.";
}

std::string Run::EndReason(const std::exception_ptr& failure) const {
  std::string reason;
  switch (end_cause_.load()) {
    case EndCause::kAborted: reason = "The test was aborted."; break;
    case EndCause::kProcessEnds:
      reason = "The test was aborted because the process is ending.";
      break;
    case EndCause::kOutputFailed: reason = "A log file could not be written."; break;
    case EndCause::kTimedOut: reason = "Samples were not completed in time."; break;
    case EndCause::kStalled: reason = DescribeStall(series_settings_); break;
    case EndCause::kFailed:
    case EndCause::kNo:
      if (failure == nullptr) return {};
      reason = DescribeEnd(failure);
      break;
  }
  return missing_.empty() ? reason : reason + "\n" + missing_;
}

void Run::OnFork() {
  in_forked_child_ = true;
  if (series_ != nullptr) series_->Interrupt();
}

void Run::ThrowIfForked() const {
  if (!in_forked_child_) return;
  throw StateError("the process was forked during a test; the test goes on in the parent only");
}

void Run::AbandonInChild(const std::exception_ptr& failure) {
  // Never destroyed: that would write to the parent's files and wait for the parent's threads.
  [[maybe_unused]] const auto* const log = log_.release();
  [[maybe_unused]] const auto* const events = events_.release();
  [[maybe_unused]] const auto* const series = series_.release();
  std::rethrow_exception(failure);
}

}  // namespace mlperf::run
