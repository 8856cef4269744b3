#include "run/run.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <limits>
#include <string>
#include <thread>
#include <utility>

#include "base/memory.h"
#include "base/text.h"
#include "errors.h"
#include "issue/intervals.h"
#include "results/generator.h"
#include "results/performance.h"
#include "results/result_entries.h"
#include "results/summary_text.h"
#include "run/current.h"
#include "run/peak_search.h"
#include "run/series_log.h"
#include "run/version.h"
#include "run/watchdog.h"
#include "schedule/arrivals.h"
#include "schedule/memory.h"
#include "schedule/reader.h"
#include "settings/check.h"
#include "settings/dump.h"
#include "settings/effective.h"
#include "settings/overrides.h"
#include "track/late_issues.h"

namespace mlperf::run {
namespace {

using base::JsonNumber;
using base::JsonString;
using schedule::SeriesMode;

// Leaves the modes when a series was cut short for a reason that is no exception.
struct Ended : std::exception {};

// How many samples are missing, and the first few of them.
std::string DescribeMissing(const issue::Series& series) {
  constexpr uint64_t kExamples = 5;
  const uint64_t issued = series.QueriesIssued() * series.plan.samples_per_query;
  if (series.gate.Count() >= issued) return {};
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

std::string DescribeStall(const EffectiveSettings& settings) {
  return "No sample was completed for " + std::to_string(settings.stall_timeout_ms) +
         " ms (stall_timeout_ms).";
}

std::string Describe(const std::exception_ptr& failure) {
  try {
    std::rethrow_exception(failure);
  } catch (const std::exception& error) {
    return error.what();
  } catch (...) {
    return "an exception that is no std::exception";
  }
}

// For Door::Exclude: waits for completing threads to leave a series. They do at once, but for one
// whose response callback hangs: while a test goes on that is waited for, as for a sample that does
// not come; when a test is to end, not for long.
class Farewell {
 public:
  // `ending`: whether the test is to end.
  Farewell(base::Clock& clock, const std::function<void()>& poll, std::function<bool()> ending)
      : clock_(clock), poll_(poll), ending_(std::move(ending)), since_ns_(clock.NowNs()) {}

  bool operator()() {
    constexpr int kTurns = 1000;
    if (++turns_ < kTurns) {
      std::this_thread::yield();
    } else {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    const int64_t now_ns = clock_.NowNs();
    if (now_ns >= next_poll_ns_) Poll(now_ns);
    if (raised_ == nullptr && !ending_()) since_ns_ = now_ns;
    return now_ns - since_ns_ < kPatienceNs;
  }

  // What the poll threw.
  const std::exception_ptr& raised() const { return raised_; }

 private:
  static constexpr int64_t kPatienceNs = 500'000'000;
  static constexpr int64_t kPollIntervalNs = 100'000'000;

  void Poll(int64_t now_ns) {
    next_poll_ns_ = now_ns + kPollIntervalNs;
    if (!poll_ || raised_ != nullptr) return;
    try {
      poll_();
    } catch (...) {
      raised_ = std::current_exception();
    }
  }

  base::Clock& clock_;
  const std::function<void()>& poll_;
  const std::function<bool()> ending_;
  int64_t since_ns_;  // of the wish to end
  int64_t next_poll_ns_ = 0;
  int turns_ = 0;
  std::exception_ptr raised_;
};

}  // namespace

Run::Run(SystemUnderTest& sut, QuerySampleLibrary& qsl, const TestSettings& settings,
         const LogSettings& log_settings, const std::string& audit_path, Hooks hooks,
         base::Clock& clock)
    : sut_(sut),
      qsl_(qsl),
      requested_(settings::ApplyOverrides(settings, audit_path, &overrides_)),
      log_settings_(log_settings),
      hooks_(std::move(hooks)),
      clock_(clock),
      qsl_total_count_(qsl.TotalSampleCount()),
      qsl_performance_count_(qsl.PerformanceSampleCount()),
      sampler_(requested_.accuracy_log_rng_seed) {
  settings::Check(requested_, qsl_total_count_, qsl_performance_count_);
  settings_ =
      settings::Sanitise(requested_, qsl_total_count_, qsl_performance_count_, &sanitising_);
  RequireMemory(settings_);
  series_settings_ = settings_;
}

void Run::RequireMemory(const EffectiveSettings& settings) const {
  schedule::RequireMemory(settings, qsl_total_count_,
                          log_settings_.write_files && log_settings_.enable_trace,
                          base::MemoryLimit());
}

Report Run::Execute(std::exception_ptr* failure) {
  const Reservation reservation(*this);
  IssueThreads threads;
  threads_ = &threads;
  log_ = std::make_unique<log::RunLog>(log_settings_, clock_,
                                       [this] { CutShort(Cut::kOutputFailed); });
  journal_ = std::make_unique<Journal>(*log_);
  CurrentRun().Open(this);
  try {
    LogHeader();
    GatherIssueThreads();
    RunMode();
  } catch (const Ended&) {
    *failure = WhatEndedIt(nullptr);
  } catch (...) {
    *failure = WhatEndedIt(std::current_exception());
  }
  if (orphaned_) LeaveCopy(*failure);
  if (!left_behind_) CurrentRun().Close();
  sut_.TestOver();
  return Finish(failure);
}

void Run::LogHeader() {
  journal_->Note(settings::NoteEntries(requested_));
  journal_->Note(VersionEntries());

  qsl_name_ = qsl_.Name();
  const int64_t begin_ns = clock_.NowNs();
  sut_name_ = sut_.Name();
  StayOutOfCopies();
  const int64_t duration_ns = clock_.NowNs() - begin_ns;
  journal_->Note({{"test_datetime", JsonString(log::IsoDateTime())},
                  {"sut_name", JsonString(sut_name_)},
                  {"get_sut_name_duration_ns", JsonNumber(duration_ns)},
                  {"qsl_name", JsonString(qsl_name_)},
                  {"qsl_reported_total_count", JsonNumber(qsl_total_count_)},
                  {"qsl_reported_performance_count", JsonNumber(qsl_performance_count_)}});
  journal_->Note(overrides_);
  journal_->Note(settings::Doubts(requested_));
  journal_->Note(sanitising_);
  journal_->Note(settings::RequestedEntries(requested_));
  journal_->Note(settings::EffectiveEntries(settings_));
}

uint64_t Run::IssueThreadCount() const {
  return settings_.scenario == TestScenario::Server ? settings_.server_num_issue_query_threads : 0;
}

void Run::GatherIssueThreads() {
  const auto wanted = static_cast<uint32_t>(IssueThreadCount());
  if (wanted == 0) return;
  const uint32_t there = threads_->Gather(wanted, clock_, [this] { Pause(); });
  if (there == wanted) return;
  const std::string counted =
      std::to_string(wanted) + " but " + std::to_string(there) + " threads registered.";
  // Spelled as the readers of the detail log know it.
  journal_->Error(
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
  journal_->Message("Starting accuracy mode");
  const auto sets = schedule::LoadableSets(settings_, SeriesMode::kAccuracy, qsl_total_count_);
  for (size_t i = 0; i < sets.size(); ++i) {
    RunSeries(settings_, SeriesMode::kAccuracy, sets[i], i, sets.size());
  }
}

void Run::RunPerformance() {
  journal_->Message("Starting performance mode");
  const auto sets = schedule::LoadableSets(settings_, SeriesMode::kPerformance, qsl_total_count_);
  RunSeries(settings_, SeriesMode::kPerformance, sets.front(), 0, 1);
}

void Run::FindPeakPerformance() {
  journal_->Message("Starting FindPeakPerformance mode");
  EffectiveSettings best_settings = settings_;
  track::Measurements best;
  std::string first_failure;
  const auto say = [&](const std::string& text) { journal_->Message(text); };
  const auto passes = [&](const EffectiveSettings& trial) {
    try {
      RequireMemory(trial);
    } catch (const SettingsError& error) {
      series_settings_ = best_settings;
      measured_ = std::move(best);
      throw SettingsError(std::string("FindPeakPerformance: the next trial does not fit: ") +
                          error.what());
    }
    const auto sets = schedule::LoadableSets(trial, SeriesMode::kPerformance, qsl_total_count_);
    RunSeries(trial, SeriesMode::kPerformance, sets.front(), 0, 1);
    Report report;
    report.settings = trial;
    results::FillPerformance(measured_, {}, &report);
    if (report.valid) {
      best_settings = trial;
      best = std::exchange(measured_, {});
    } else if (first_failure.empty()) {
      for (const std::string& reason : report.recommendations) {
        first_failure += (first_failure.empty() ? "" : " ") + reason;
      }
    }
    return report.valid;
  };
  const bool found = settings_.scenario == TestScenario::Server ? FindPeakQps(passes, say)
                                                                : FindPeakSamples(passes, say);
  if (found) {
    series_settings_ = best_settings;
    measured_ = std::move(best);
  } else {
    journal_->Error(
        "FindPeakPerformance: Initial lower bound does not satisfy performance constraints, msg: " +
        first_failure);
  }
}

bool Run::FindPeakQps(const Trial& passes, const Say& say) const {
  PeakSearch search;
  search.start_qps = settings_.target_qps;
  search.step = settings_.find_peak_qps_boundary_step_size;
  search.decimals = settings_.find_peak_qps_decimals_of_precision;
  search.say = say;
  search.passes = [&](double qps) {
    EffectiveSettings trial = settings_;
    trial.target_qps = qps;
    return passes(trial);
  };
  return FindPeak(search).has_value();
}

bool Run::FindPeakSamples(const Trial& passes, const Say& say) const {
  constexpr uint64_t kMaxSamples = std::numeric_limits<uint32_t>::max();  // of a plan
  // Keeps the search on a SUT that does nothing from filling the memory.
  constexpr uint64_t kMaxSamplesPerQuery = 1U << 16U;
  const auto sets = schedule::LoadableSets(settings_, SeriesMode::kPerformance, qsl_total_count_);
  const schedule::Arrivals arrivals =
      schedule::MakeArrivals(settings_, SeriesMode::kPerformance, sets.front());
  CountSearch search;
  search.start = settings_.samples_per_query;
  search.limit =
      std::max(search.start, std::min(kMaxSamples / arrivals.query_count, kMaxSamplesPerQuery));
  search.say = say;
  search.passes = [&](uint64_t samples_per_query) {
    EffectiveSettings trial = settings_;
    trial.samples_per_query = samples_per_query;
    trial.min_sample_count = trial.min_query_count * samples_per_query;
    return passes(trial);
  };
  return FindPeakCount(search).has_value();
}

void Run::RunSeries(const EffectiveSettings& settings, SeriesMode mode,
                    const schedule::LoadableSet& set, uint64_t number, uint64_t count) {
  schedule::Plan plan = schedule::MakePlan(settings, mode, set, [this] { Pause(); });
  journal_->Note(PlanEntries(set, plan));
  auto series = std::make_unique<issue::Series>(std::move(plan), mode, NextGeneration(),
                                                next_sequence_id_, settings.use_token_latencies,
                                                log_->trace().enabled(), IssueThreadCount());
  series_settings_ = settings;
  series->number = number;
  series->count = count;
  const uint64_t samples = series->slots.sample_count();
  next_sequence_id_ += samples;
  const double share = schedule::AccuracyLogShare(settings);
  if (mode == SeriesMode::kAccuracy) {
    series->log_all_responses = true;
    sampler_.Skip(samples);
  } else if (share > 0) {
    series->logged_responses = sampler_.Next(share, samples);
  } else {
    sampler_.Skip(samples);
  }

  issue::Target target(sut_, series->plan.samples_per_query);
  qsl_.LoadSamplesToRam(set.indices);
  StayOutOfCopies();
  BeginSeries(std::move(series));
  const auto power_begin = std::chrono::system_clock::now();
  std::vector<issue::IssueEnd> ends;
  try {
    ends = IssueSeries(target);
  } catch (...) {
    if (!orphaned_) EndSeries(true);
    throw;
  }
  StayOutOfCopies();
  for (const issue::IssueEnd& end : ends) {
    if (end.kind == issue::IssueEnd::Kind::kTimedOut) CutShort(Cut::kTimedOut);
    if (end.kind == issue::IssueEnd::Kind::kNaturally) journal_->Message(end.message);
    if (end.kind == issue::IssueEnd::Kind::kEarly) journal_->Error(end.message);
  }
  const int64_t last_completion_ns = EndSeries(false);
  journal_->Note(LoggerEntries());
  const auto duration = std::chrono::duration_cast<std::chrono::system_clock::duration>(
      std::chrono::nanoseconds(last_completion_ns));
  journal_->Note({{"power_begin", JsonString(log::PowerDateTime(power_begin))},
                  {"power_end", JsonString(log::PowerDateTime(power_begin + duration))}});
  // The SUT may still be at work on the samples of a series that was cut short.
  if (cut_ != Cut::kNo) throw Ended{};
  qsl_.UnloadSamplesFromRam(set.indices);
  StayOutOfCopies();
}

void Run::Poll() {
  log_->Check();
  if (hooks_.poll) hooks_.poll();
}

// Rare where it is only for the log: a wake-up is time taken from the system under test.
int64_t Run::PollIntervalNs() const {
  constexpr int64_t kNsPerMs = 1'000'000;
  constexpr int64_t kLogIntervalMs = 5000;
  return (hooks_.poll ? hooks_.poll_interval_ms : kLogIntervalMs) * kNsPerMs;
}

void Run::Pause() {
  Poll();
  StayOutOfCopies();
  if (cut_ != Cut::kNo) throw Ended{};
}

void Run::BeginSeries(std::unique_ptr<issue::Series> series) {
  CurrentRun().Exclude([&] { series_ = std::move(series); });
  HeedEndRequest();
  HeedPollRequest();
  // A cut that came when there was no series to interrupt.
  if (cut_ != Cut::kNo) series_->Interrupt();
}

std::vector<issue::IssueEnd> Run::IssueSeries(issue::Target& target) {
  const EffectiveSettings& settings = series_settings_;
  // In a forked copy there is no thread to wait for.
  const auto leave_to_parent = [this](Watchdog* watchdog) {
    if (!orphaned_) delete watchdog;
  };
  std::unique_ptr<Watchdog, decltype(leave_to_parent)> watchdog(nullptr, leave_to_parent);
  if (settings.stall_timeout_ms != 0) {
    const issue::Series& series = *series_;
    const auto look = [&series] {
      const uint64_t completed = series.gate.Count();  // first: never more than were issued
      return StallRule::Count{series.QueriesIssued() * series.plan.samples_per_query, completed};
    };
    watchdog.reset(new Watchdog(
        clock_, settings.stall_timeout_ms * 1'000'000,
        Watchdog::Acts{look, [this] { CutShort(Cut::kStalled); }, [this] { SayStuck(); }}));
  }
  const auto poll = [this] { Poll(); };
  const issue::Patience patience{.give_up_ns = settings.drain_timeout_ms * 1'000'000,
                                 .poll_interval_ns = PollIntervalNs()};
  if (series_->threads == 0) {
    return {issue::Issue(*series_, settings, target, clock_, poll, patience)};
  }
  return issue::IssueByThreads(*series_, settings, target, clock_, poll, patience,
                               [this] { threads_->CallUp(series_->slots.generation()); });
}

void Run::IssueShare(uint64_t generation, uint64_t k, const issue::Poll& poll) {
  issue::Series* const series = series_.get();
  if (series == nullptr || series->slots.generation() != generation) return;
  std::exception_ptr raised;
  try {
    issue::Target target(sut_, 1);
    issue::IssueLane(*series, k, series_settings_, target, clock_, poll);
  } catch (...) {
    if (orphaned_) throw;
    raised = std::current_exception();
  }
  if (!orphaned_) issue::LeaveLane(*series, k, std::move(raised));
}

// On the watchdog's thread. The issuing thread may be gone for good, so what is known goes where
// somebody finds it; a lent one is left behind if it stays, and then the test ends as any other.
void Run::SayStuck() {
  if (series_->lanes_left.load() != 0) {
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
  journal_->Error(report.end_reason);
  std::fprintf(stderr, "mlperf_loadgen: %s\n", report.end_reason.c_str());
  log_->Summary(results::SummaryText(report));
  if (hooks_.interrupt) hooks_.interrupt();
}

// Takes the series out of reach of completing threads and measures it.
int64_t Run::EndSeries(bool failed) {
  const EffectiveSettings& settings = series_settings_;
  std::unique_ptr<issue::Series> ended;
  Farewell farewell(clock_, hooks_.poll, [&] {
    HeedEndRequest();
    return failed || cut_ != Cut::kNo;
  });
  if (!CurrentRun().Exclude([&] { ended = std::move(series_); }, std::ref(farewell))) {
    left_behind_ = true;
    ReplaceCurrentRun();
    journal_->Error(series_->lanes_left.load() != 0
                        ? "An issue call does not return; the test ended without it."
                        : "A completion call does not return; the test ended without it.");
  }
  const issue::Series& series = left_behind_ ? *series_ : *ended;
  // What a thread still inside may be writing is left alone.
  if (!left_behind_) Trace(series, settings, log_->trace());
  missing_ = DescribeMissing(series);
  std::vector<int64_t> intervals;
  if (settings.scenario == TestScenario::MultiStreamFixedInterval) {
    intervals = issue::IntervalsBetweenQueries(series, settings.max_async_queries);
  }
  // How late each query was issued, where that does not follow from the completion before it.
  const bool closed_loop = issue::IsClosedLoop(settings.scenario);
  const bool has_schedule = settings.scenario == TestScenario::Server || series.plan.at_ticks;
  std::vector<int64_t> lags;
  std::vector<track::LateIssueCounter> late(
      series.lanes.size(), track::LateIssueCounter(results::LateLimitNs(settings)));
  if (has_schedule) lags.reserve(series.QueriesIssued());
  // Last, because nothing needs the slots after that.
  schedule::Reader reader(series.plan);
  track::Measurements measured = series.slots.Measure(
      series.QueriesEnd(),
      [&](uint64_t query) {
        reader.AdvanceTo(query);
        const int64_t scheduled_ns = series.ScheduledAt(reader, closed_loop);
        if (has_schedule) {
          const int64_t issued_ns = series.slots.IssuedAt(query);
          lags.push_back(issued_ns - scheduled_ns);
          late[query % late.size()].Add(scheduled_ns, issued_ns);
        }
        return scheduled_ns;
      },
      left_behind_ ? track::Slots::Then::kKeep : track::Slots::Then::kForget,
      closed_loop ? track::Slots::Gaps::kMeasure : track::Slots::Gaps::kNone);
  measured.query_intervals = std::move(intervals);
  measured.schedule_lag_ns = std::move(lags);
  for (size_t k = 1; k < late.size(); ++k) late.front().Add(late[k]);
  measured.late_issues = late.front().Counted();
  const int64_t last_completion_ns = measured.last_completion_ns;
  missing_samples_ = measured.missing_samples;
  if (series.mode == SeriesMode::kAccuracy) accuracy_sample_count_ += measured.samples_issued;
  if (series.mode == SeriesMode::kPerformance) measured_ = std::move(measured);
  if (!failed && farewell.raised() != nullptr) std::rethrow_exception(farewell.raised());
  return last_completion_ns;
}

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
    case EndRequest::kNone: break;
    case EndRequest::kAbort: CutShort(Cut::kAborted); break;
    case EndRequest::kProcessEnds: CutShort(Cut::kProcessEnds); break;
    case EndRequest::kFailed: CutShort(Cut::kFailed); break;
  }
}

void Run::HeedPollRequest() {
  if (series_ != nullptr && TakePollRequest()) series_->gate.Nudge();
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
      reason = "The test was ended by an exception: " + Describe(failure);
      break;
  }
  return missing_.empty() ? reason : reason + "\n" + missing_;
}

Report Run::Finish(std::exception_ptr* failure) {
  // First, because the report says whether the responses are on disk.
  if (!log_->CloseRecords() && *failure == nullptr) CutShort(Cut::kOutputFailed);
  const std::string end_reason = EndReason(*failure);
  if (!end_reason.empty()) journal_->Error(base::OneLine(end_reason));
  journal_->CloseFaults();

  Report report;
  report.sut_name = sut_name_;
  report.qsl_name = qsl_name_;
  report.complete = end_reason.empty();
  report.end_reason = end_reason;
  report.settings = series_settings_;  // of the best trial of a peak search
  if (settings_.mode != TestMode::AccuracyOnly) {
    results::FillPerformance(std::move(measured_), journal_->InvalidatingLines(), &report);
  }
  if (!report.has_performance) report.recommendations = journal_->InvalidatingLines();
  report.missing_samples = missing_samples_;
  report.error_count = journal_->error_count();
  report.warning_count = journal_->warning_count();
  report.errors = journal_->ErrorLines();
  report.accuracy_sample_count = accuracy_sample_count_;
  const log::Paths& paths = log_->paths();
  report.summary_path = paths.summary;
  report.detail_path = paths.detail;
  report.accuracy_path = paths.accuracy;
  report.trace_path = paths.trace;

  if (report.has_performance) {
    journal_->Note(results::GeneratorEntries(report));
    journal_->Note(results::ResultEntries(report));
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
