// What comes after the modes, whatever ended them: the report, and the end of the logs.

#include <exception>
#include <string>
#include <utility>

#include "base/text.h"
#include "errors.h"
#include "results/overhead.h"
#include "results/performance.h"
#include "results/result_entries.h"
#include "results/summary_text.h"
#include "run/current.h"
#include "run/run.h"
#include "scenario/traits.h"

namespace mlperf::run {

Report Run::Conclude(std::exception_ptr* failure) {
  if (in_forked_child_) AbandonInChild(*failure);
  if (!abandoned_) CurrentRun().Retire();
  sut_.TestOver();
  return Finish(failure);
}

Report Run::Finish(std::exception_ptr* failure) {
  // First, because the report says whether the responses are on disk.
  if (!log_->CloseRecords() && *failure == nullptr) EndEarly(EndCause::kOutputFailed);
  const std::string end_reason = EndReason(*failure);
  if (!end_reason.empty()) events_->Error(base::OneLine(end_reason));
  events_->CloseFaults();
  const uint64_t empty_responses = log_->accuracy().empty_count();
  if (empty_responses != 0) events_->Warning(results::EmptyResponsesText(empty_responses));

  Report report;
  report.sut_name = sut_name_;
  report.qsl_name = qsl_name_;
  report.audited = audited_;
  report.complete = end_reason.empty();
  report.end_reason = end_reason;
  report.settings = series_settings_;  // of the best trial of a peak search
  if (settings_.mode != TestMode::AccuracyOnly) {
    const bool first_tokens = scenario::TraitsOf(settings_.scenario).first_tokens;
    results::FillPerformance(std::move(measured_), events_->InvalidatingLines(first_tokens),
                             &report);
  }
  if (!report.has_performance) report.recommendations = events_->InvalidatingLines(false);
  report.peak = peak_;
  report.peak_trials = std::move(peak_trials_);
  report.missing_samples = missing_samples_;
  report.error_count = events_->error_count();
  report.warning_count = events_->warning_count();
  report.errors = events_->ErrorLines();
  report.warnings = events_->WarningLines();
  report.empty_response_count = empty_responses;
  report.accuracy_sample_count = accuracy_sample_count_;
  const log::Paths& paths = log_->paths();
  report.summary_path = paths.summary;
  report.detail_path = paths.detail;
  report.accuracy_path = paths.accuracy;
  report.trace_path = paths.trace;

  if (report.has_performance) {
    events_->Add(results::GeneratorEntries(report));
    events_->Add(results::ResultEntries(report));
  }
  log_->Summary(results::SummaryText(report) +
                results::ClosingLines(report.warning_count, report.error_count));
  const std::string output_error = log_->Close();
  if (!output_error.empty() && *failure == nullptr) {
    *failure = std::make_exception_ptr(OutputError(output_error));
  }
  return report;
}

}  // namespace mlperf::run
