#include "run/run.h"

#include <cstdio>
#include <string>
#include <utility>

#include "base/caught.h"
#include "base/memory.h"
#include "base/text.h"
#include "issue/memory.h"
#include "mlperf_loadgen/errors.h"
#include "results/overhead.h"
#include "results/performance.h"
#include "results/result_entries.h"
#include "results/summary_text.h"
#include "run/current.h"
#include "run/issue_threads.h"
#include "run/version.h"
#include "scenario/traits.h"
#include "settings/check.h"
#include "settings/round_form.h"

namespace mlperf::run {
namespace {

using base::JsonNumber;
using base::JsonString;
using schedule::SeriesMode;

// What a performance series measured, judged by itself.
Report PerformanceOf(const EffectiveSettings& settings, track::Measurements measured) {
  Report report;
  report.settings = settings;
  results::FillPerformance(std::move(measured), {}, &report);
  return report;
}

}  // namespace

Run::Run(SystemUnderTest& sut, QuerySampleLibrary& qsl, const TestSettings& settings,
         const LogSettings& log_settings, const std::string& audit_path, Hooks hooks,
         base::Clock& clock)
    : sut_(sut),
      qsl_(qsl),
      log_settings_(log_settings),
      hooks_(std::move(hooks)),
      clock_(clock),
      library_{qsl.TotalSampleCount(), qsl.PerformanceSampleCount()},
      ending_(hooks_, clock_) {
  settings::Check(log_settings_);
  settings_ = Resolve(settings, audit_path);
}

settings::ResolvedSettings Run::Resolve(const TestSettings& settings,
                                        const std::string& audit_path) const {
  settings::ResolvedSettings resolved = settings::Resolve(settings, audit_path, library_);
  if (settings.draw_queries_as_needed) {
    resolved.effective.ample_query_count =
        issue::AmpleQueryCount(resolved.effective, library_.total, Traces(), base::MemoryLimit());
  }
  RequireMemory(resolved.effective);
  return resolved;
}

void Run::RequireMemory(const EffectiveSettings& settings) const {
  issue::RequireMemory(settings, library_.total, Traces(), base::MemoryLimit());
}

Report Run::Execute(std::exception_ptr* failure) {
  const Reservation reservation(*this);
  ending_.Begin();
  IssueThreads threads;
  log_ = std::make_unique<log::RunLog>(
      log_settings_, clock_, [this] { ending_.EndEarly(EndCause::kOutputFailed); },
      settings::FormOf(settings_.effective.rules).plain_detail ? log::LineForm::kPlain
                                                               : log::LineForm::kMlLog);
  events_ = std::make_unique<RunEvents>(*log_, settings_.effective.rules);
  session_ = std::make_unique<Session>(sut_, settings_.effective, *log_, *events_, ending_, clock_);
  series_ = std::make_unique<SeriesRunner>(
      SeriesRunner::Test{sut_, qsl_, hooks_, clock_, *log_, *events_, ending_, *session_, threads,
                         library_.total, log_settings_.keep_timeline},
      settings_.effective, settings_.requested.accuracy_log_rng_seed);
  CurrentSession().Publish(session_.get());
  try {
    if (hooks_.choose && !settings_.overridden) ChooseSettings();
    LogHeader();
    series_->AwaitIssueThreads();
    RunMode();
  } catch (const EndedEarly&) {
    *failure = ending_.Exception(nullptr, series_->last().settings);
  } catch (const base::ThreadEnds&) {
    // Here, because the only way on from here leads to the end of the thread.
    const StateError error("a callback ended the thread that runs the test");
    *failure = ending_.Exception(std::make_exception_ptr(error), series_->last().settings);
    Conclude(failure);
    std::fprintf(stderr, "mlperf_loadgen: %s\n", error.what());
    throw;
  } catch (...) {
    *failure = ending_.Exception(base::Caught(), series_->last().settings);
  }
  return Conclude(failure);
}

void Run::LogHeader() {
  for (const SettingsNote& note : settings_.requested.notes) {
    if (!note.said) std::fprintf(stderr, "mlperf_loadgen: %s\n", base::OneLine(note.text).c_str());
  }
  events_->Add(settings_.notes);
  events_->Add(VersionEntries());

  qsl_name_ = qsl_.Name();
  const int64_t begin_ns = clock_.NowNs();
  sut_name_ = sut_.Name();
  ending_.ThrowIfForked();
  const int64_t duration_ns = clock_.NowNs() - begin_ns;
  events_->Add({{"test_datetime", JsonString(log::IsoDateTime())},
                {"sut_name", JsonString(sut_name_)},
                {"get_sut_name_duration_ns", JsonNumber(duration_ns)},
                {"qsl_name", JsonString(qsl_name_)},
                {"qsl_reported_total_count", JsonNumber(library_.total)},
                {"qsl_reported_performance_count", JsonNumber(library_.performance)}});
  if (!settings_.audited.empty()) {
    std::fprintf(stderr, "mlperf_loadgen: %s\n", settings_.audited.c_str());
  }
  events_->Add(settings_.entries);
}

void Run::ChooseSettings() {
  const auto preliminary = [this](const TestSettings& requested) {
    const EffectiveSettings settings = Resolve(requested, {}).effective;
    series_->RunPerformance(settings, /*preliminary=*/true);
    return PerformanceOf(settings, std::exchange(series_->last().measured, {}));
  };
  try {
    series_->AwaitIssueThreads();
    settings_.requested = hooks_.choose(settings_.requested, preliminary);
    settings_ = Resolve(settings_.requested, {});
    series_->last().settings = settings_.effective;
  } catch (...) {
    // The log of a test that ends here says what it is of, as any other.
    if (!ending_.in_forked_child()) LogHeader();
    throw;
  }
}

void Run::RunMode() {
  switch (settings_.effective.mode) {
    case TestMode::AccuracyOnly: RunAccuracy(); break;
    case TestMode::PerformanceOnly: RunPerformance(); break;
    case TestMode::SubmissionRun:
      RunAccuracy();
      RunPerformance();
      break;
    case TestMode::FindPeakPerformance: FindPeakPerformance(); break;
  }
}

void Run::RunAccuracy() {
  events_->Info("Starting accuracy mode");
  const auto sets =
      schedule::LoadableSets(settings_.effective, SeriesMode::kAccuracy, library_.total);
  for (size_t i = 0; i < sets.size(); ++i) {
    series_->Run(settings_.effective, {SeriesMode::kAccuracy, &sets[i], i, sets.size()});
  }
}

void Run::RunPerformance() {
  events_->Info("Starting performance mode");
  series_->RunPerformance(settings_.effective);
  sut_.ReportLatencyResults(series_->last().measured.sample_latency_ns);
  ending_.ThrowIfForked();
}

void Run::FindPeakPerformance() {
  events_->Info("Starting FindPeakPerformance mode");
  LoadTest test;
  test.require_memory = [this](const EffectiveSettings& settings) { RequireMemory(settings); };
  test.run = [this](const EffectiveSettings& settings) {
    series_->RunPerformance(settings);
    return PerformanceOf(settings, series_->last().measured);
  };
  test.take_measurements = [this] { return std::exchange(series_->last().measured, {}); };
  test.say = [this](const std::string& text) { events_->Info(text); };
  if (FindPeak(settings_.effective, library_.total, test, &peak_)) return;
  events_->Error(
      "FindPeakPerformance: Initial lower bound does not satisfy performance constraints, msg: " +
      base::OneLine(peak_.trials.front().reason));
}

void Run::OnFork() {
  ending_.OnFork();
  if (session_ != nullptr) session_->Interrupt();
}

Report Run::Conclude(std::exception_ptr* failure) {
  if (ending_.in_forked_child()) AbandonInChild(*failure);
  if (!left_behind()) CurrentSession().Retire();
  sut_.TestOver();
  return Finish(failure);
}

void Run::AbandonInChild(const std::exception_ptr& failure) {
  // Never destroyed: that would write to the parent's files and wait for the parent's threads.
  [[maybe_unused]] const auto* const log = log_.release();
  [[maybe_unused]] const auto* const events = events_.release();
  [[maybe_unused]] const auto* const session = session_.release();
  std::rethrow_exception(failure);
}

Report Run::Finish(std::exception_ptr* failure) {
  // First, because the report says whether the responses are on disk.
  if (!log_->CloseRecords() && *failure == nullptr) ending_.EndEarly(EndCause::kOutputFailed);
  const std::string end_reason = ending_.Reason(*failure, series_->last().settings);
  if (!end_reason.empty()) events_->Error(base::OneLine(end_reason));
  events_->CloseFaults();
  const uint64_t empty_responses = log_->accuracy().empty_count();
  if (empty_responses != 0) events_->Warning(results::EmptyResponsesText(empty_responses));

  Report report;
  report.sut_name = sut_name_;
  report.qsl_name = qsl_name_;
  report.audited = settings_.audited;
  report.complete = end_reason.empty();
  report.end_reason = end_reason;
  SeriesResult& last = series_->last();
  report.settings = peak_.best ? peak_.best->settings : last.settings;
  if (settings_.effective.mode != TestMode::AccuracyOnly) {
    const bool first_tokens = scenario::TraitsOf(settings_.effective.scenario).first_tokens;
    results::FillPerformance(std::move(peak_.best ? peak_.best->measured : last.measured),
                             events_->InvalidatingLines(first_tokens), &report);
  }
  if (!report.has_performance) report.recommendations = events_->InvalidatingLines(false);
  report.peak = peak_.load;
  report.peak_trials = std::move(peak_.trials);
  report.missing_samples = last.missing_samples;
  report.error_count = events_->error_count();
  report.warning_count = events_->warning_count();
  report.errors = events_->ErrorLines();
  report.warnings = events_->WarningLines();
  report.empty_response_count = empty_responses;
  report.accuracy_sample_count = series_->accuracy_sample_count();
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
