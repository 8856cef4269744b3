#include "issue/issuer.h"

#include <limits>
#include <utility>

#include "base/parking.h"
#include "base/precise_sleep.h"
#include "base/thread_id.h"
#include "base/zeroed_array.h"
#include "issue/pacer.h"
#include "issue/stop_rule.h"
#include "scenario/traits.h"

namespace mlperf::issue {
namespace {

using Kind = IssueEnd::Kind;

// How long before the start of the series the threads are woken.
constexpr int64_t kThreadStartLeadNs = 1'000'000;
constexpr int64_t kPollIntervalNs = 250'000'000;
constexpr int64_t kNever = std::numeric_limits<int64_t>::max();

Kind FromWait(Wait wait) { return wait == Wait::kTimedOut ? Kind::kTimedOut : Kind::kInterrupted; }

class Loop {
 public:
  // Of issuing thread `number`, which waits on `completions`.
  Loop(Series& series, uint64_t number, const EffectiveSettings& settings, Target& target,
       base::Clock& clock, const track::CompletionCounter& completions, Waiter& waiter)
      : series_(series),
        number_(number),
        stride_(series.thread_states.size()),
        thread_state_(series.thread_states[number]),
        completions_(completions),
        settings_(settings),
        target_(target),
        clock_(clock),
        waiter_(waiter),
        next_(series.plan),
        pacer_(MakePacer(settings, series, waiter)),
        stop_rule_(settings, series.mode),
        thread_(base::ThreadId()),
        coalesces_(scenario::TraitsOf(settings.scenario).poisson() &&
                   settings.server_coalesce_queries),
        coalesced_(coalesces_ ? series.plan.query_count / stride_ + 1 : 0) {
    next_.AdvanceTo(number_);
    span_.size = series.plan.samples_per_query;
    span_.owner = series.plan.samples;
  }

  Kind Run() {
    const uint64_t query_count = series_.plan.query_count;
    int64_t now_ns = -1;
    if (stop_rule_.ForbidsFirst(number_)) return Stopped(Stop::kMaxQueryCount, 0);
    while (next_.query() < query_count) {
      const Wait wait = pacer_->ForTurn(next_, now_ns);
      if (wait != Wait::kReached) return FromWait(wait);
      now_ns = series_.SinceStart(clock_.NowNs());
      coalesces_ ? SendDue(now_ns) : Send(now_ns);
      waiter_.PollAt(series_.start_ns.load(std::memory_order_relaxed) + now_ns);
      if (completions_.Interrupted()) return Kind::kInterrupted;
      const Stop stop = stop_rule_.After(next_.query(), now_ns, [&] { return Outstanding(); });
      if (stop != Stop::kGoOn) return Stopped(stop, now_ns);
    }
    return PlanDone();
  }

  // The text for what Run returned. Made afterwards, because it allocates and samples may still be
  // outstanding.
  std::string Message(Kind kind) const {
    if (kind == Kind::kNaturally) {
      return "Ending naturally: Minimum query count and test duration met.";
    }
    if (kind != Kind::kEarly) return {};
    // Spelled as the readers of the detail log know it.
    const std::string early = "IssueQueryThread " + std::to_string(number_) + " Ending early: ";
    switch (last_.stop) {
      case Stop::kTooManyOutstanding:
        return early + "Too many outstanding queries. issued " + std::to_string(last_.issued) +
               " outstanding " + std::to_string(last_.outstanding);
      case Stop::kMaxQueryCount:
        return early + "Max query count reached. query_count " + std::to_string(last_.issued);
      case Stop::kMaxDuration:
        return early + "Max test duration reached. duration_ns " + std::to_string(last_.now_ns);
      case Stop::kNaturally:
      case Stop::kGoOn: break;
    }
    return "Ending early: Ran out of generated queries to issue before the minimum query count and "
           "test duration were reached. Please update the relevant expected latency or target qps "
           "in the TestSettings so they are more accurate.";
  }

 private:
  // Issues the next query, and only then advances, since the one after it may have to be drawn.
  void Send(int64_t now_ns) {
    const uint64_t query = next_.query();
    series_.slots.MarkIssued(query, now_ns);
    span_.first_id = series_.slots.FirstId(query);
    span_.indices = next_.samples();
    HandOver(span_, query + 1, now_ns);
    Advance();
  }

  // With server_coalesce_queries: issues all queries of this thread that are due in one call.
  void SendDue(int64_t now_ns) {
    SampleSpan due;
    due.first_id = series_.slots.FirstId(next_.query());
    due.id_stride = stride_;
    due.indices = &coalesced_[0];
    uint64_t end = 0;
    do {
      series_.slots.MarkIssued(next_.query(), now_ns);
      coalesced_[due.size++] = *next_.samples();
      end = next_.query() + 1;
      Advance();
    } while (next_.query() < series_.plan.query_count && next_.scheduled_ns() <= now_ns);
    HandOver(due, end, now_ns);
  }

  // Advances to the next query of this thread.
  void Advance() {
    const uint64_t next = next_.query() + stride_;
    next_.Advance();
    if (stride_ != 1) next_.AdvanceTo(next);
  }

  // `end`: one past the last query of the call.
  void HandOver(const SampleSpan& span, uint64_t end, int64_t now_ns) {
    thread_state_.end.store(end, std::memory_order_relaxed);
    target_.Issue(span);
    if (!series_.issue_calls.enabled()) return;
    const int64_t end_ns = series_.SinceStart(clock_.NowNs());
    series_.issue_calls.Add({now_ns, end_ns - now_ns, thread_});
  }

  // Counts the queries of all threads.
  uint64_t Outstanding() const {
    const uint64_t completed = series_.completions.Count() / series_.plan.samples_per_query;
    return series_.QueriesIssued() - completed;
  }

  Kind Stopped(Stop stop, int64_t now_ns) {
    last_ = {stop, series_.QueriesIssued(number_), Outstanding(), now_ns};
    return stop == Stop::kNaturally ? Kind::kNaturally : Kind::kEarly;
  }

  Kind PlanDone() const {
    const bool as_it_should_be = series_.mode == schedule::SeriesMode::kAccuracy ||
                                 scenario::TraitsOf(settings_.scenario).poisson();
    return as_it_should_be ? Kind::kDone : Kind::kEarly;
  }

  // Where the stop rule ended the loop.
  struct Last {
    Stop stop = Stop::kGoOn;  // it did not
    uint64_t issued = 0;
    uint64_t outstanding = 0;
    int64_t now_ns = 0;
  };

  Series& series_;
  const uint64_t number_;  // of the thread
  const uint64_t stride_;  // from a query of the thread to its next
  IssueThreadState& thread_state_;
  const track::CompletionCounter& completions_;
  const EffectiveSettings& settings_;
  Target& target_;
  base::Clock& clock_;
  Waiter& waiter_;
  schedule::Reader next_;  // stands at the query that is issued next
  const std::unique_ptr<Pacer> pacer_;
  const StopRule stop_rule_;
  const int64_t thread_;
  const bool coalesces_;
  base::ZeroedArray<QuerySampleIndex> coalesced_;
  SampleSpan span_;  // of the query that is sent; a member, because copying its owner takes time
  Last last_;
};

// Flushes the SUT and waits for what is outstanding.
Wait FlushAndDrain(const Series& series, Target& target, Waiter& waiter) {
  target.Flush();
  return waiter.ForCompletions(series.QueriesIssued() * series.plan.samples_per_query);
}

// Waits after an interrupt until all threads have done their share, for kIssueThreadGraceNs.
void AwaitThreads(const Series& series, base::Clock& clock) {
  const int64_t give_up_ns = clock.NowNs() + kIssueThreadGraceNs;
  for (uint32_t left = 0; (left = series.threads_left.load()) != 0 && clock.NowNs() < give_up_ns;) {
    clock.SleepUntil(give_up_ns, series.threads_left, left);
  }
}

void RethrowRaised(const Series& series) {
  for (const IssueThreadState& thread_state : series.thread_states) {
    if (thread_state.done.load() && thread_state.raised != nullptr)
      std::rethrow_exception(thread_state.raised);
  }
}

}  // namespace

IssueEnd Issue(Series& series, const EffectiveSettings& settings, Target& target,
               base::Clock& clock, const Poll& poll, Patience patience) {
  const base::PreciseSleep precise;
  const base::SpareCore spare_core;
  Waiter waiter(clock, series.completions, poll, patience, spare_core, settings.server_spin_us);
  Loop loop(series, 0, settings, target, clock, series.completions, waiter);
  series.start_ns.store(clock.NowNs(), std::memory_order_relaxed);
  const Kind kind = loop.Run();
  if (kind == Kind::kInterrupted || kind == Kind::kTimedOut) return {kind, {}};

  const Wait drained = FlushAndDrain(series, target, waiter);
  if (drained != Wait::kReached) return {FromWait(drained), {}};
  return {kind, loop.Message(kind)};
}

std::vector<IssueEnd> IssueByThreads(Series& series, const EffectiveSettings& settings,
                                     Target& target, base::Clock& clock, const Poll& poll,
                                     Patience patience,
                                     const std::function<void()>& start_threads) {
  const base::SpareCore spare_core;
  Waiter waiter(clock, series.completions, poll, patience, spare_core, settings.server_spin_us);
  series.start_ns.store(clock.NowNs() + kThreadStartLeadNs, std::memory_order_relaxed);
  start_threads();
  Wait wait = Wait::kReached;
  try {
    wait = waiter.ForSign([&] { return series.threads_left.load() == 0; });
  } catch (...) {
    series.Interrupt();
    AwaitThreads(series, clock);
    throw;
  }
  if (wait != Wait::kReached) AwaitThreads(series, clock);
  RethrowRaised(series);
  if (wait == Wait::kReached) wait = FlushAndDrain(series, target, waiter);
  if (wait != Wait::kReached) return {{FromWait(wait), {}}};
  std::vector<IssueEnd> ends;
  ends.reserve(series.thread_states.size());
  for (const IssueThreadState& thread_state : series.thread_states)
    ends.push_back(thread_state.issue_end);
  return ends;
}

void IssueThreadShare(Series& series, uint64_t k, const EffectiveSettings& settings, Target& target,
                      base::Clock& clock, const Poll& poll) {
  const base::PreciseSleep precise;
  const base::SpareCore spare_core;
  IssueThreadState& thread_state = series.thread_states[k];
  const Patience patience{.poll_interval_ns = poll ? kPollIntervalNs : kNever};
  Waiter waiter(clock, thread_state.completions, poll, patience, spare_core,
                settings.server_spin_us);
  Loop loop(series, k, settings, target, clock, thread_state.completions, waiter);
  const Kind kind = loop.Run();
  thread_state.issue_end = {kind, loop.Message(kind)};
}

void FinishIssueThread(Series& series, uint64_t k, std::exception_ptr raised) noexcept {
  IssueThreadState& thread_state = series.thread_states[k];
  thread_state.raised = std::move(raised);
  const bool ends_series = thread_state.raised != nullptr;
  thread_state.done.store(true);
  if (ends_series) series.Interrupt();
  // Before Wake, because the thread that runs the test clears the request and then reads the count.
  series.threads_left.fetch_sub(1);
  series.completions.Wake();
  base::Unpark(series.threads_left);
}

}  // namespace mlperf::issue
