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
        pacer_(MakePacer(settings, series, waiter)),
        stop_rule_(settings, series.mode),
        thread_(base::ThreadId()),
        coalesced_(settings.server_coalesce_queries ? series.plan.query_count : 0) {}

  Kind Run() {
    const schedule::Plan& plan = series_.plan;
    for (uint64_t query = 0; query < plan.query_count;) {
      if (const Wait wait = pacer_->ForTurn(query); wait != Wait::kReached) return FromWait(wait);
      const int64_t now_ns = series_.SinceStart(clock_.NowNs());
      query += Send(query, now_ns);
      waiter_.PollAt(series_.start_ns.load(std::memory_order_relaxed) + now_ns);
      if (series_.gate.Interrupted()) return Kind::kInterrupted;
      const Stop stop = stop_rule_.After(query, now_ns, [&] { return Outstanding(query); });
      if (stop != Stop::kGoOn) return Stopped(stop, query, now_ns);
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
  // Issues `query`, with those behind it that go in the same call. Returns how many went.
  uint64_t Send(uint64_t query, int64_t now_ns) {
    const schedule::Plan& plan = series_.plan;
    series_.slots.MarkIssued(query, now_ns);
    SampleSpan span;
    span.first_id = series_.slots.FirstId(query);
    uint64_t sent = 1;
    while (query + sent < plan.query_count && pacer_->Coalesces(query + sent, now_ns)) {
      series_.slots.MarkIssued(query + sent, now_ns);
      ++sent;
    }
    if (sent == 1) {
      span.indices = plan.First(query);
      span.size = plan.samples_per_query;
      span.owner = plan.samples;
    } else {
      for (uint64_t i = 0; i < sent; ++i) coalesced_[i] = *plan.First(query + i);
      span.indices = &coalesced_[0];
      span.size = sent;
    }
    series_.queries_issued.store(query + sent, std::memory_order_relaxed);
    target_.Issue(span);
    if (series_.issue_calls.enabled()) {
      const int64_t end_ns = series_.SinceStart(clock_.NowNs());
      series_.issue_calls.Add({now_ns, end_ns - now_ns, thread_});
    }
    return sent;
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
  const std::unique_ptr<Pacer> pacer_;
  const StopRule stop_rule_;
  const int64_t thread_;
  base::Column<QuerySampleIndex> coalesced_;
  Last last_;
};

}  // namespace

IssueEnd Issue(Series& series, const EffectiveSettings& settings, Target& target,
               base::Clock& clock, const Poll& poll, Patience patience) {
  const base::PreciseSleep precise;
  Waiter waiter(clock, series.gate, poll, patience, settings.server_spin_us);
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
