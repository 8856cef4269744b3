#include "run/run.h"

#include <chrono>
#include <cstdio>
#include <string>
#include <utility>

#include "base/caught.h"
#include "base/memory.h"
#include "base/text.h"
#include "errors.h"
#include "issue/memory.h"
#include "results/summary_text.h"
#include "run/current.h"
#include "run/describe.h"
#include "run/drain_wait.h"
#include "run/measure.h"
#include "run/series_log.h"
#include "run/version.h"
#include "scenario/traits.h"
#include "settings/check.h"
#include "settings/effective.h"
#include "settings/log_entries.h"
#include "settings/overrides.h"
#include "settings/round_form.h"
#include "settings/rules.h"

namespace mlperf::run {
namespace {

using base::JsonNumber;
using base::JsonString;
using schedule::SeriesMode;

// Leaves the modes when a series was cut short for a reason that is no exception.
struct Ended : std::exception {};

StallRule::Count CountOf(const issue::Series& series) {
  const uint64_t completed = series.completions.Count();  // first: never more than were issued
  return {series.QueriesIssued() * series.plan.samples_per_query, completed};
}

}  // namespace

Run::Run(SystemUnderTest& sut, QuerySampleLibrary& qsl, const TestSettings& settings,
         const LogSettings& log_settings, const std::string& audit_path, Hooks hooks,
         base::Clock& clock)
    : sut_(sut),
      qsl_(qsl),
      requested_(settings::WithScenarioOfRound(
          settings::ApplyOverrides(settings, audit_path, &overrides_, &audited_))),
      log_settings_(log_settings),
      hooks_(std::move(hooks)),
      clock_(clock),
      qsl_total_count_(qsl.TotalSampleCount()),
      qsl_performance_count_(qsl.PerformanceSampleCount()),
      sampler_(requested_.accuracy_log_rng_seed) {
  settings::Check(log_settings_);
  settings_ = Resolve(requested_, &derivation_entries_);
  series_settings_ = settings_;
}

EffectiveSettings Run::Resolve(const TestSettings& requested,
                               base::Entries* derivation_entries) const {
  settings::Check(requested, qsl_total_count_, qsl_performance_count_);
  EffectiveSettings settings =
      settings::Derive(requested, qsl_total_count_, qsl_performance_count_, derivation_entries);
  if (requested.draw_queries_as_needed) {
    settings.ample_query_count =
        issue::AmpleQueryCount(settings, qsl_total_count_, Traces(), base::MemoryLimit());
  }
  RequireMemory(settings);
  return settings;
}

void Run::RequireMemory(const EffectiveSettings& settings) const {
  issue::RequireMemory(settings, qsl_total_count_, Traces(), base::MemoryLimit());
}

Report Run::Execute(std::exception_ptr* failure) {
  const Reservation reservation(*this);
  begin_ns_ = clock_.NowNs();
  IssueThreads threads;
  threads_ = &threads;
  log_ = std::make_unique<log::RunLog>(
      log_settings_, clock_, [this] { EndEarly(EndCause::kOutputFailed); },
      settings::FormOf(settings_.rules).plain_detail ? log::LineForm::kPlain
                                                     : log::LineForm::kMlLog);
  events_ = std::make_unique<RunEvents>(*log_, settings_.rules);
  CurrentRun().Publish(this);
  try {
    if (hooks_.choose && overrides_.empty()) ChooseSettings();
    LogHeader();
    AwaitIssueThreads();
    RunMode();
  } catch (const Ended&) {
    *failure = EndingException(nullptr);
  } catch (const base::ThreadEnds&) {
    // Here, because the only way on from here leads to the end of the thread.
    const StateError error("a callback ended the thread that runs the test");
    *failure = EndingException(std::make_exception_ptr(error));
    Conclude(failure);
    std::fprintf(stderr, "mlperf_loadgen: %s\n", error.what());
    throw;
  } catch (...) {
    *failure = EndingException(base::Caught());
  }
  return Conclude(failure);
}

void Run::LogHeader() {
  for (const SettingsNote& note : requested_.notes) {
    if (!note.said) std::fprintf(stderr, "mlperf_loadgen: %s\n", base::OneLine(note.text).c_str());
  }
  events_->Add(settings::NoteEntries(requested_));
  events_->Add(VersionEntries());

  qsl_name_ = qsl_.Name();
  const int64_t begin_ns = clock_.NowNs();
  sut_name_ = sut_.Name();
  ThrowIfForked();
  const int64_t duration_ns = clock_.NowNs() - begin_ns;
  events_->Add({{"test_datetime", JsonString(log::IsoDateTime())},
                {"sut_name", JsonString(sut_name_)},
                {"get_sut_name_duration_ns", JsonNumber(duration_ns)},
                {"qsl_name", JsonString(qsl_name_)},
                {"qsl_reported_total_count", JsonNumber(qsl_total_count_)},
                {"qsl_reported_performance_count", JsonNumber(qsl_performance_count_)}});
  events_->Add(overrides_);
  if (!audited_.empty()) std::fprintf(stderr, "mlperf_loadgen: %s\n", audited_.c_str());
  events_->Add(settings::Warnings(requested_));
  events_->Add(derivation_entries_);
  events_->Add(settings::RequestedEntries(requested_));
  events_->Add(settings::EffectiveEntries(settings_));
}

uint64_t Run::IssueThreadCount() const {
  return scenario::TraitsOf(settings_.scenario).poisson() ? settings_.server_num_issue_query_threads
                                                          : 0;
}

void Run::AwaitIssueThreads() {
  const auto wanted = static_cast<uint32_t>(IssueThreadCount());
  if (wanted == 0 || std::exchange(threads_claimed_, true)) return;
  const uint32_t there = threads_->Await(wanted, clock_, [this] { PollBetweenSeries(); });
  if (there == wanted) return;
  const std::string counted =
      std::to_string(wanted) + " but " + std::to_string(there) + " threads registered.";
  // Spelled as the readers of the detail log know it.
  events_->Error(
      "Mismatch between settings and number of registered IssueQueryThreads! "
      "settings.server_num_issue_query_threads = " +
      counted);
  throw StateError("server_num_issue_query_threads = " + counted +
                   " Call RegisterIssueQueryThread on as many threads, before StartTest or within "
                   "10 s of it, or set server_num_issue_query_threads to 0.");
}

void Run::RunMode() {
  switch (settings_.mode) {
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
  const auto sets = schedule::LoadableSets(settings_, SeriesMode::kAccuracy, qsl_total_count_);
  for (size_t i = 0; i < sets.size(); ++i) {
    RunSeries(settings_, SeriesMode::kAccuracy, sets[i], i, sets.size());
  }
}

void Run::RunPerformance() {
  events_->Info("Starting performance mode");
  const auto sets = schedule::LoadableSets(settings_, SeriesMode::kPerformance, qsl_total_count_);
  RunSeries(settings_, SeriesMode::kPerformance, sets.front(), 0, 1);
  sut_.ReportLatencyResults(measured_.sample_latency_ns);
  ThrowIfForked();
}

void Run::RunSeries(const EffectiveSettings& settings, SeriesMode mode,
                    const schedule::LoadableSet& set, uint64_t number, uint64_t count) {
  schedule::Plan plan = schedule::MakePlan(settings, mode, set, [this] { PollBetweenSeries(); });
  if (!preliminary_) events_->Add(PlanEntries(set, plan));
  auto series = std::make_unique<issue::Series>(
      std::move(plan), mode, NextGeneration(), next_sequence_id_, settings.use_token_latencies,
      log_->trace().enabled() && !preliminary_, IssueThreadCount());
  series_settings_ = settings;
  series->number = number;
  series->count = count;
  const uint64_t samples = series->slots.sample_count();
  const double share = schedule::AccuracyLogShare(settings);
  if (!preliminary_) next_sequence_id_ += samples;
  if (preliminary_) {
    // Not logged.
  } else if (mode == SeriesMode::kAccuracy) {
    series->log_all_responses = true;
    sampler_.Skip(samples);
  } else if (share > 0) {
    series->logged_responses = sampler_.Next(share, samples);
  } else {
    sampler_.Skip(samples);
  }

  issue::Target target(sut_, series->plan.samples_per_query);
  qsl_.LoadSamplesToRam(set.indices);
  ThrowIfForked();
  BeginSeries(std::move(series));
  const auto power_begin = std::chrono::system_clock::now();
  std::vector<issue::IssueEnd> ends;
  try {
    ends = IssueSeries(target);
  } catch (...) {
    if (!in_forked_child_) EndSeries(true);
    throw;
  }
  ThrowIfForked();
  for (const issue::IssueEnd& end : ends) {
    if (end.kind == issue::IssueEnd::Kind::kTimedOut) EndEarly(EndCause::kTimedOut);
    if (preliminary_) continue;
    if (end.kind == issue::IssueEnd::Kind::kNaturally) events_->Info(end.message);
    if (end.kind == issue::IssueEnd::Kind::kEarly) events_->Error(end.message);
  }
  const int64_t last_completion_ns = EndSeries(false);
  if (!preliminary_) {
    events_->Add(LoggerEntries());
    const auto duration = std::chrono::duration_cast<std::chrono::system_clock::duration>(
        std::chrono::nanoseconds(last_completion_ns));
    events_->Add({{"power_begin", JsonString(log::PowerDateTime(power_begin))},
                  {"power_end", JsonString(log::PowerDateTime(power_begin + duration))}});
  }
  // The SUT may still be at work on the samples of a series that was cut short.
  if (end_cause_ != EndCause::kNo) throw Ended{};
  qsl_.UnloadSamplesFromRam(set.indices);
  ThrowIfForked();
}

void Run::Poll() {
  log_->Check();
  ReportSilence();
  if (hooks_.poll) hooks_.poll();
}

// Rare where it is only for the log: a wake-up is time taken from the system under test.
int64_t Run::PollIntervalNs() const {
  constexpr int64_t kNsPerMs = 1'000'000;
  constexpr int64_t kLogIntervalMs = 5000;
  return (hooks_.poll ? hooks_.poll_interval_ms : kLogIntervalMs) * kNsPerMs;
}

// The issuing thread's part of it, which costs no query anything. Where a callback keeps that from
// coming here, only stall_timeout_ms helps, which has a thread for it.
void Run::ReportSilence() {
  if (series_ == nullptr) return;
  const StallRule::Count count = CountOf(*series_);
  const int64_t silent_ns = silence_.ToSay(clock_.NowNs(), count);
  if (silent_ns == 0) return;
  std::fprintf(
      stderr, "mlperf_loadgen: %s\n",
      DescribeSilence(silent_ns, count, static_cast<uint64_t>(settings_.stall_timeout_ms)).c_str());
}

void Run::PollBetweenSeries() {
  Poll();
  ThrowIfForked();
  if (end_cause_ != EndCause::kNo) throw Ended{};
}

void Run::BeginSeries(std::unique_ptr<issue::Series> series) {
  silence_ = SilenceRule(clock_.NowNs());
  CurrentRun().RunExclusively([&] { series_ = std::move(series); });
  ApplyEndRequest();
  ApplyPollRequest();
  // A cut that came when there was no series to interrupt.
  if (end_cause_ != EndCause::kNo) series_->Interrupt();
}

std::vector<issue::IssueEnd> Run::IssueSeries(issue::Target& target) {
  const EffectiveSettings& settings = series_settings_;
  // In a forked copy there is no thread to wait for.
  const auto leave_to_parent = [this](Watchdog* watchdog) {
    if (!in_forked_child_) delete watchdog;
  };
  std::unique_ptr<Watchdog, decltype(leave_to_parent)> watchdog(nullptr, leave_to_parent);
  if (settings.stall_timeout_ms != 0) {
    const issue::Series& series = *series_;
    watchdog.reset(new Watchdog(
        clock_, settings.stall_timeout_ms * 1'000'000,
        {[&series] { return CountOf(series); }, [this] { EndEarly(EndCause::kStalled); },
         [this] { ReportStuckCallback(); }}));
  }
  const auto poll = [this] { Poll(); };
  const issue::Patience patience{.give_up_ns = settings.drain_timeout_ms * 1'000'000,
                                 .poll_interval_ns = PollIntervalNs()};
  if (series_->threads == 0) {
    return {issue::Issue(*series_, settings, target, clock_, poll, patience)};
  }
  return issue::IssueByThreads(*series_, settings, target, clock_, poll, patience,
                               [this] { threads_->StartSeries(series_->slots.generation()); });
}

void Run::IssueShare(uint64_t generation, uint64_t k, const issue::Poll& poll) {
  issue::Series* const series = series_.get();
  if (series == nullptr || series->slots.generation() != generation) return;
  std::exception_ptr raised;
  try {
    issue::Target target(sut_, 1);
    issue::IssueThreadShare(*series, k, series_settings_, target, clock_, poll);
  } catch (const base::ThreadEnds&) {
    if (in_forked_child_) throw;
    issue::FinishIssueThread(
        *series, k,
        std::make_exception_ptr(StateError("a callback ended a thread that issues queries")));
    throw;
  } catch (...) {
    if (in_forked_child_) throw;
    raised = base::Caught();
  }
  if (!in_forked_child_) issue::FinishIssueThread(*series, k, std::move(raised));
}

// On the watchdog's thread. The issuing thread may be gone for good, so what is known goes where
// somebody finds it; a lent one is left behind if it stays, and then the test ends as any other.
void Run::ReportStuckCallback() {
  if (series_->threads_left.load() != 0) {
    if (hooks_.interrupt_issuers) hooks_.interrupt_issuers();
    return;
  }
  const EffectiveSettings& settings = series_settings_;
  constexpr char kStuck[] =
      "The test cannot end: a callback of the system under test has not returned.";
  Report report;
  report.settings = settings;
  report.end_reason = DescribeStall(settings) + " " + kStuck;
  report.complete = false;
  events_->Error(report.end_reason);
  std::fprintf(stderr, "mlperf_loadgen: %s\n", report.end_reason.c_str());
  log_->Summary(results::SummaryText(report));
  if (hooks_.interrupt) hooks_.interrupt();
}

// Takes the series out of reach of completing threads and measures it.
int64_t Run::EndSeries(bool failed) {
  const EffectiveSettings& settings = series_settings_;
  std::unique_ptr<issue::Series> ended;
  DrainWait drain_wait(clock_, hooks_.poll, [&] {
    ApplyEndRequest();
    return failed || end_cause_ != EndCause::kNo;
  });
  if (!CurrentRun().RunExclusively([&] { ended = std::move(series_); }, std::ref(drain_wait))) {
    abandoned_ = true;
    ReplaceCurrentRun();
    events_->Error(series_->threads_left.load() != 0
                       ? "An issue call does not return; the test ended without it."
                       : "A completion call does not return; the test ended without it.");
  }
  const issue::Series& series = abandoned_ ? *series_ : *ended;
  // What a thread still inside may be writing is left alone.
  if (!abandoned_ && !preliminary_) Trace(series, settings, log_->trace());
  missing_ = DescribeMissing(series);
  const std::string foreign = events_->ForeignIds(qsl_total_count_);
  if (!missing_.empty() && !foreign.empty()) missing_ += "\n" + foreign;
  track::Measurements measured = Measure(
      series, settings, abandoned_ ? track::Slots::Then::kKeep : track::Slots::Then::kForget);
  const int64_t last_completion_ns = measured.last_completion_ns;
  missing_samples_ = measured.missing_samples;
  if (series.mode == SeriesMode::kAccuracy) accuracy_sample_count_ += measured.samples_issued;
  if (series.mode == SeriesMode::kPerformance) measured_ = std::move(measured);
  if (!failed && drain_wait.raised() != nullptr) std::rethrow_exception(drain_wait.raised());
  return last_completion_ns;
}

void Run::ApplyPollRequest() {
  if (series_ != nullptr && TakePollRequest()) series_->completions.Wake();
}

}  // namespace mlperf::run
