#include "run/series_runner.h"

#include <chrono>
#include <cstdio>
#include <utility>

#include "base/text.h"
#include "base/units.h"
#include "issue/target.h"
#include "mlperf_loadgen/errors.h"
#include "results/summary_text.h"
#include "run/current.h"
#include "run/drain_wait.h"
#include "run/measure.h"
#include "run/series_log.h"
#include "scenario/traits.h"

namespace mlperf::run {
namespace {

using base::JsonString;
using schedule::SeriesMode;

StallRule::Count CountOf(const issue::Series& series) {
  const uint64_t completed = series.completions.Count();  // first: never more than were issued
  return {series.QueriesIssued() * series.plan.samples_per_query, completed};
}

uint64_t IssueThreadCount(const EffectiveSettings& settings) {
  return scenario::TraitsOf(settings.scenario).poisson() ? settings.server_num_issue_query_threads
                                                         : 0;
}

}  // namespace

SeriesRunner::SeriesRunner(const Test& test, const EffectiveSettings& settings,
                           uint64_t accuracy_log_seed)
    : test_(test), thread_count_(IssueThreadCount(settings)), sampler_(accuracy_log_seed) {
  last_.settings = settings;
}

void SeriesRunner::AwaitIssueThreads() {
  const auto wanted = static_cast<uint32_t>(thread_count_);
  if (wanted == 0 || std::exchange(threads_claimed_, true)) return;
  const uint32_t there = test_.threads.Await(wanted, test_.clock, [this] { PollBetweenSeries(); });
  if (there == wanted) return;
  const std::string counted =
      std::to_string(wanted) + " but " + std::to_string(there) + " threads registered.";
  // Spelled as the readers of the detail log know it.
  test_.events.Error(
      "Mismatch between settings and number of registered IssueQueryThreads! "
      "settings.server_num_issue_query_threads = " +
      counted);
  throw StateError("server_num_issue_query_threads = " + counted +
                   " Call RegisterIssueQueryThread on as many threads, before StartTest or within "
                   "10 s of it, or set server_num_issue_query_threads to 0.");
}

void SeriesRunner::RunPerformance(const EffectiveSettings& settings, bool preliminary) {
  const auto sets = schedule::LoadableSets(settings, SeriesMode::kPerformance, test_.library_size);
  Run(settings, {.set = &sets.front(), .preliminary = preliminary});
}

void SeriesRunner::Run(const EffectiveSettings& settings, const Order& order) {
  std::unique_ptr<issue::Series> series = MakeSeries(settings, order);
  issue::Target target(test_.sut, series->plan.samples_per_query);
  test_.qsl.LoadSamplesToRam(order.set->indices);
  test_.ending.ThrowIfForked();
  silence_ = SilenceRule(test_.clock.NowNs());
  test_.session.Begin(std::move(series), settings);
  const auto power_begin = std::chrono::system_clock::now();
  std::vector<issue::IssueEnd> ends;
  try {
    ends = Issue(settings, target);
  } catch (...) {
    if (!test_.ending.in_forked_child()) Measure(order, true);
    throw;
  }
  test_.ending.ThrowIfForked();
  for (const issue::IssueEnd& end : ends) {
    if (end.kind == issue::IssueEnd::Kind::kTimedOut) test_.ending.EndEarly(EndCause::kTimedOut);
    if (order.preliminary) continue;
    if (end.kind == issue::IssueEnd::Kind::kNaturally) test_.events.Info(end.message);
    if (end.kind == issue::IssueEnd::Kind::kEarly) test_.events.Error(end.message);
  }
  const int64_t last_completion_ns = Measure(order, false);
  if (!order.preliminary) {
    test_.events.Add(LoggerEntries());
    const auto duration = std::chrono::duration_cast<std::chrono::system_clock::duration>(
        std::chrono::nanoseconds(last_completion_ns));
    test_.events.Add({{"power_begin", JsonString(log::PowerDateTime(power_begin))},
                      {"power_end", JsonString(log::PowerDateTime(power_begin + duration))}});
  }
  // The SUT may still be at work on the samples of a series that was cut short.
  if (test_.ending.early()) throw EndedEarly{};
  test_.qsl.UnloadSamplesFromRam(order.set->indices);
  test_.ending.ThrowIfForked();
}

std::unique_ptr<issue::Series> SeriesRunner::MakeSeries(const EffectiveSettings& settings,
                                                        const Order& order) {
  schedule::Plan plan =
      schedule::MakePlan(settings, order.mode, *order.set, [this] { PollBetweenSeries(); });
  if (!order.preliminary) test_.events.Add(PlanEntries(*order.set, plan));
  auto series = std::make_unique<issue::Series>(std::move(plan), order.mode, NextGeneration(),
                                                next_sequence_id_, settings.use_token_latencies,
                                                test_.log.trace().enabled() && !order.preliminary,
                                                thread_count_);
  last_.settings = settings;
  series->number = order.number;
  series->count = order.count;
  if (order.preliminary) return series;

  const uint64_t samples = series->slots.sample_count();
  const double share = schedule::AccuracyLogShare(settings);
  next_sequence_id_ += samples;
  if (order.mode == SeriesMode::kAccuracy) {
    series->log_all_responses = true;
    sampler_.Skip(samples);
  } else if (share > 0) {
    series->logged_responses = sampler_.Next(share, samples);
  } else {
    sampler_.Skip(samples);
  }
  return series;
}

std::vector<issue::IssueEnd> SeriesRunner::Issue(const EffectiveSettings& settings,
                                                 issue::Target& target) {
  issue::Series& series = *test_.session.series();
  // In a forked child there is no thread to wait for.
  const auto leave_to_parent = [this](Watchdog* watchdog) {
    if (!test_.ending.in_forked_child()) delete watchdog;
  };
  std::unique_ptr<Watchdog, decltype(leave_to_parent)> watchdog(nullptr, leave_to_parent);
  if (settings.stall_timeout_ms != 0) {
    watchdog.reset(new Watchdog(test_.clock, settings.stall_timeout_ms * base::kNsPerMs,
                                {[&series] { return CountOf(series); },
                                 [this] { test_.ending.EndEarly(EndCause::kStalled); },
                                 [this, &settings] { ReportStuckCallback(settings); }}));
  }
  const auto poll = [this] { Poll(); };
  const issue::Patience patience{.give_up_ns = settings.drain_timeout_ms * base::kNsPerMs,
                                 .poll_interval_ns = PollIntervalNs()};
  if (series.threads == 0) {
    return {issue::Issue(series, settings, target, test_.clock, poll, patience)};
  }
  return issue::IssueByThreads(
      series, settings, target, test_.clock, poll, patience,
      [this, &series] { test_.threads.StartSeries(series.slots.generation()); });
}

int64_t SeriesRunner::Measure(const Order& order, bool failed) {
  DrainWait wait(test_.clock, test_.hooks.poll, [&] {
    test_.ending.ApplyRequest();
    return failed || test_.ending.early();
  });
  const std::unique_ptr<issue::Series> ended = test_.session.End(wait);
  const bool abandoned = ended == nullptr;
  const issue::Series& series = abandoned ? *test_.session.series() : *ended;
  if (abandoned) {
    test_.events.Error(series.threads_left.load() != 0
                           ? "An issue call does not return; the test ended without it."
                           : "A completion call does not return; the test ended without it.");
  } else if (!order.preliminary) {
    Trace(series, last_.settings, test_.log.trace());
  }
  std::string missing = DescribeMissing(series);
  const std::string foreign = test_.events.ForeignIds(test_.library_size);
  if (!missing.empty() && !foreign.empty()) missing += "\n" + foreign;
  test_.ending.SetMissing(std::move(missing));
  // What a thread still inside may be writing is left alone.
  track::Measurements measured = run::Measure(
      series, last_.settings, abandoned ? track::Slots::Then::kKeep : track::Slots::Then::kForget,
      test_.keep_timeline && !order.preliminary && series.mode == SeriesMode::kPerformance);
  const int64_t last_completion_ns = measured.last_completion_ns;
  last_.missing_samples = measured.missing_samples;
  if (series.mode == SeriesMode::kAccuracy) accuracy_sample_count_ += measured.samples_issued;
  if (series.mode == SeriesMode::kPerformance) last_.measured = std::move(measured);
  if (!failed && wait.raised() != nullptr) std::rethrow_exception(wait.raised());
  return last_completion_ns;
}

// The issuing thread may never come back, so what is known goes where somebody finds it. A
// registered one is abandoned if it stays, and then the test ends as any other.
void SeriesRunner::ReportStuckCallback(const EffectiveSettings& settings) {
  if (test_.session.series()->threads_left.load() != 0) {
    if (test_.hooks.interrupt_issuers) test_.hooks.interrupt_issuers();
    return;
  }
  constexpr char kStuck[] =
      "The test cannot end: a callback of the system under test has not returned.";
  Report report;
  report.settings = settings;
  report.end_reason = DescribeStall(settings) + " " + kStuck;
  report.complete = false;
  test_.events.Error(report.end_reason);
  std::fprintf(stderr, "mlperf_loadgen: %s\n", report.end_reason.c_str());
  test_.log.Summary(results::SummaryText(report));
  if (test_.hooks.interrupt) test_.hooks.interrupt();
}

// Rare where it is only for the log: a wake-up is time taken from the system under test.
int64_t SeriesRunner::PollIntervalNs() const {
  constexpr int64_t kLogIntervalMs = 5000;
  return (test_.hooks.poll ? test_.hooks.poll_interval_ms : kLogIntervalMs) * base::kNsPerMs;
}

void SeriesRunner::Poll() {
  test_.log.Check();
  ReportSilence();
  if (test_.hooks.poll) test_.hooks.poll();
}

// The issuing thread's part of it, which costs no query anything. Where a callback keeps that from
// coming here, only stall_timeout_ms helps, which has a thread for it.
void SeriesRunner::ReportSilence() {
  const issue::Series* const series = test_.session.series();
  if (series == nullptr) return;
  const StallRule::Count count = CountOf(*series);
  const int64_t silent_ns = silence_.ToSay(test_.clock.NowNs(), count);
  if (silent_ns == 0) return;
  const std::string text =
      DescribeSilence(silent_ns, count, static_cast<uint64_t>(last_.settings.stall_timeout_ms));
  std::fprintf(stderr, "mlperf_loadgen: %s\n", text.c_str());
}

void SeriesRunner::PollBetweenSeries() {
  Poll();
  test_.ending.ThrowIfForked();
  if (test_.ending.early()) throw EndedEarly{};
}

}  // namespace mlperf::run
