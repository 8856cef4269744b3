#include "issue/issuer.h"

#include "base/column.h"
#include "base/thread_id.h"
#include "issue/pacer.h"
#include "issue/stop_rule.h"

namespace mlperf::issue {
namespace {

using Kind = IssueEnd::Kind;

Kind FromWait(Wait wait) { return wait == Wait::kTimedOut ? Kind::kTimedOut : Kind::kInterrupted; }

class Loop {
 public:
  Loop(Series& series, const EffectiveSettings& settings, Target& target, base::Clock& clock,
       Waiter& waiter)
      : series_(series),
        settings_(settings),
        target_(target),
        clock_(clock),
        waiter_(waiter),
        next_(series.plan),
        pacer_(MakePacer(settings, series, waiter)),
        stop_rule_(settings, series.mode),
        thread_(base::ThreadId()),
        coalesces_(settings.scenario == TestScenario::Server && settings.server_coalesce_queries),
        coalesced_(coalesces_ ? series.plan.query_count : 0) {
    span_.size = series.plan.samples_per_query;
    span_.owner = series.plan.samples;
  }

  Kind Run() {
    const uint64_t query_count = series_.plan.query_count;
    int64_t now_ns = -1;
    while (next_.query() < query_count) {
      const Wait wait = pacer_->ForTurn(next_, now_ns);
      if (wait != Wait::kReached) return FromWait(wait);
      now_ns = series_.SinceStart(clock_.NowNs());
      coalesces_ ? SendDue(now_ns) : Send(now_ns);
      waiter_.PollAt(series_.start_ns.load(std::memory_order_relaxed) + now_ns);
      if (series_.gate.Interrupted()) return Kind::kInterrupted;
      const uint64_t issued = next_.query();
      const Stop stop = stop_rule_.After(issued, now_ns, [&] { return Outstanding(issued); });
      if (stop != Stop::kGoOn) return Stopped(stop, issued, now_ns);
    }
    return PlanDone();
  }

  // The words for what Run returned. Not put together there, because they are allocated and samples
  // may still be out.
  std::string Message(Kind kind) const {
    if (kind == Kind::kNaturally) {
      return "Ending naturally: Minimum query count and test duration met.";
    }
    if (kind != Kind::kEarly) return {};
    // Spelled as the readers of the detail log know it; one thread issues, number 0.
    const std::string early = "IssueQueryThread 0 Ending early: ";
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
  // Issues the next query, and only then goes on to the one behind it, which may have to be drawn.
  void Send(int64_t now_ns) {
    const uint64_t query = next_.query();
    series_.slots.MarkIssued(query, now_ns);
    span_.first_id = series_.slots.FirstId(query);
    span_.indices = next_.samples();
    HandOver(span_, query + 1, now_ns);
    next_.Advance();
  }

  // With server_coalesce_queries: all queries behind it that are due go in the same call.
  void SendDue(int64_t now_ns) {
    SampleSpan due;
    due.first_id = series_.slots.FirstId(next_.query());
    due.indices = &coalesced_[0];
    do {
      series_.slots.MarkIssued(next_.query(), now_ns);
      coalesced_[due.size++] = *next_.samples();
      next_.Advance();
    } while (next_.query() < series_.plan.query_count && next_.scheduled_ns() <= now_ns);
    HandOver(due, next_.query(), now_ns);
  }

  void HandOver(const SampleSpan& span, uint64_t issued, int64_t now_ns) {
    series_.queries_issued.store(issued, std::memory_order_relaxed);
    target_.Issue(span);
    if (!series_.issue_calls.enabled()) return;
    const int64_t end_ns = series_.SinceStart(clock_.NowNs());
    series_.issue_calls.Add({now_ns, end_ns - now_ns, thread_});
  }

  uint64_t Outstanding(uint64_t issued) const {
    return issued - series_.gate.Count() / series_.plan.samples_per_query;
  }

  Kind Stopped(Stop stop, uint64_t issued, int64_t now_ns) {
    last_ = {stop, issued, Outstanding(issued), now_ns};
    return stop == Stop::kNaturally ? Kind::kNaturally : Kind::kEarly;
  }

  Kind PlanDone() const {
    const bool as_it_should_be = series_.mode == schedule::SeriesMode::kAccuracy ||
                                 settings_.scenario == TestScenario::Server;
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
  const EffectiveSettings& settings_;
  Target& target_;
  base::Clock& clock_;
  Waiter& waiter_;
  schedule::Reader next_;  // stands at the query that is issued next
  const std::unique_ptr<Pacer> pacer_;
  const StopRule stop_rule_;
  const int64_t thread_;
  const bool coalesces_;
  base::Column<QuerySampleIndex> coalesced_;
  SampleSpan span_;  // of the query that is sent; kept, because to share its owner costs time
  Last last_;
};

}  // namespace

IssueEnd Issue(Series& series, const EffectiveSettings& settings, Target& target,
               base::Clock& clock, const Poll& poll, Patience patience) {
  const base::PreciseSleep precise;
  const base::SpareCore spare_core;
  Waiter waiter(clock, series.gate, poll, patience, spare_core, settings.server_spin_us);
  Loop loop(series, settings, target, clock, waiter);
  series.start_ns.store(clock.NowNs(), std::memory_order_relaxed);
  const Kind kind = loop.Run();
  if (kind == Kind::kInterrupted || kind == Kind::kTimedOut) return {kind, {}};

  target.Flush();
  const uint64_t issued = series.queries_issued.load(std::memory_order_relaxed);
  const Wait drained = waiter.ForCompletions(issued * series.plan.samples_per_query);
  if (drained != Wait::kReached) return {FromWait(drained), {}};
  return {kind, loop.Message(kind)};
}

}  // namespace mlperf::issue
