#include "issue/pacer.h"

#include <algorithm>
#include <vector>

#include "issue/intervals.h"
#include "scenario/traits.h"

namespace mlperf::issue {
namespace {

class ClosedLoopPacer final : public Pacer {
 public:
  ClosedLoopPacer(const Series& series, Waiter& waiter)
      : samples_per_query_(series.plan.samples_per_query), waiter_(waiter) {}

  Wait ForTurn(const schedule::Reader& query, int64_t) override {
    return waiter_.ForCompletions(query.query() * samples_per_query_);
  }

 private:
  const uint64_t samples_per_query_;
  Waiter& waiter_;
};

class PoissonPacer final : public Pacer {
 public:
  PoissonPacer(const Series& series, Waiter& waiter) : series_(series), waiter_(waiter) {}

  Wait ForTurn(const schedule::Reader& query, int64_t last_ns) override {
    const int64_t due_ns = query.scheduled_ns();
    if (due_ns <= last_ns) return Wait::kReached;
    return waiter_.ForTime(series_.start_ns.load(std::memory_order_relaxed) + due_ns);
  }

 private:
  const Series& series_;
  Waiter& waiter_;
};

class TickPacer final : public Pacer {
 public:
  TickPacer(Series& series, Waiter& waiter, uint64_t max_out)
      : series_(series), waiter_(waiter), max_out_(max_out) {
    out_.reserve(std::min(max_out, series.plan.query_count));
  }

  Wait ForTurn(const schedule::Reader& query, int64_t) override {
    if (const Wait wait = ForTick(); wait != Wait::kReached) return wait;
    while (out_.size() == max_out_) {
      const uint64_t completed = series_.completions.Count();
      if (Retire()) {
        if (const Wait wait = ForTick(); wait != Wait::kReached) return wait;
      } else if (const Wait wait = waiter_.ForCompletions(completed + 1); wait != Wait::kReached) {
        return wait;
      }
    }
    out_.push_back(query.query());
    series_.ticks.Atomic(query.query()).store(tick_++, std::memory_order_relaxed);
    return Wait::kReached;
  }

 private:
  Wait ForTick() { return waiter_.ForTime(series_.start_ns + series_.plan.ScheduledOffset(tick_)); }

  // Advances to the first tick at which one of the queries is complete, and drops those that are.
  // Returns false when none is.
  bool Retire() {
    int64_t first_done_ns = -1;
    for (const uint64_t query : out_) {
      const int64_t done_ns = series_.QueryDoneAt(query);
      if (done_ns >= 0 && (first_done_ns < 0 || done_ns < first_done_ns)) first_done_ns = done_ns;
    }
    if (first_done_ns < 0) return false;
    tick_ = std::max(tick_, FirstTickFrom(first_done_ns, series_.plan.gap_ns));
    const int64_t due_ns = series_.plan.ScheduledOffset(tick_);
    std::erase_if(out_, [&](uint64_t query) {
      const int64_t done_ns = series_.QueryDoneAt(query);
      return done_ns >= 0 && done_ns <= due_ns;
    });
    return true;
  }

  Series& series_;
  Waiter& waiter_;
  const uint64_t max_out_;
  std::vector<uint64_t> out_;  // queries issued and not known to be complete
  uint64_t tick_ = 0;          // the earliest at which the next query may be issued
};

class OneQueryPacer final : public Pacer {
 public:
  Wait ForTurn(const schedule::Reader&, int64_t) override { return Wait::kReached; }
};

}  // namespace

std::unique_ptr<Pacer> MakePacer(const EffectiveSettings& settings, Series& series,
                                 Waiter& waiter) {
  using scenario::Arrivals;
  switch (scenario::TraitsOf(settings.scenario).arrivals) {
    case Arrivals::kClosedLoop: return std::make_unique<ClosedLoopPacer>(series, waiter);
    case Arrivals::kPoisson: return std::make_unique<PoissonPacer>(series, waiter);
    case Arrivals::kTicks:
      return std::make_unique<TickPacer>(series, waiter, settings.max_async_queries);
    case Arrivals::kOneQuery: break;
  }
  return std::make_unique<OneQueryPacer>();
}

}  // namespace mlperf::issue
