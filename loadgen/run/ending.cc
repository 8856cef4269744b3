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

void Run::CutShort(Cut cut) {
  Cut none = Cut::kNo;
  cut_.compare_exchange_strong(none, cut);
  // Not waiting at the door: a series that begins looks at cut_, one that ends needs no interrupt.
  // And the owner of the door may be waiting for a completing thread, which waits for this one.
  const base::Door<Run>::Visit visit(CurrentRun(), std::try_to_lock);
  if (visit && series_ != nullptr) series_->Interrupt();
}

void Run::HeedEndRequest() {
  switch (RequestedEnd()) {
    case EndRequest::kNone:
    case EndRequest::kFailing: break;
    case EndRequest::kAbort: CutShort(Cut::kAborted); break;
    case EndRequest::kProcessEnds: CutShort(Cut::kProcessEnds); break;
    case EndRequest::kFailed: CutShort(Cut::kFailed); break;
  }
}

// As an exception; null after an abort. `raised`: by a callback or the poll, or null.
std::exception_ptr Run::WhatEndedIt(std::exception_ptr raised) const {
  const Cut cut = cut_;
  if (cut == Cut::kTimedOut && raised == nullptr) {
    return std::make_exception_ptr(IncompleteError(missing_));
  }
  if (cut == Cut::kFailed && raised == nullptr) return TakeRequestedError();
  if (cut != Cut::kStalled) return raised;
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
  switch (cut_.load()) {
    case Cut::kAborted: reason = "The test was aborted."; break;
    case Cut::kProcessEnds: reason = "The test was aborted because the process is ending."; break;
    case Cut::kOutputFailed: reason = "A log file could not be written."; break;
    case Cut::kTimedOut: reason = "Samples were not completed in time."; break;
    case Cut::kStalled: reason = DescribeStall(series_settings_); break;
    case Cut::kFailed:
    case Cut::kNo:
      if (failure == nullptr) return {};
      reason = DescribeEnd(failure);
      break;
  }
  return missing_.empty() ? reason : reason + "\n" + missing_;
}

void Run::Orphan() {
  orphaned_ = true;
  if (series_ != nullptr) series_->Interrupt();
}

void Run::StayOutOfCopies() const {
  if (!orphaned_) return;
  throw StateError("the process was forked during a test; the test goes on in the parent only");
}

void Run::LeaveCopy(const std::exception_ptr& failure) {
  // Never destroyed: that would write to the parent's files and wait for the parent's threads.
  [[maybe_unused]] const auto* const log = log_.release();
  [[maybe_unused]] const auto* const journal = journal_.release();
  [[maybe_unused]] const auto* const series = series_.release();
  std::rethrow_exception(failure);
}

}  // namespace mlperf::run
