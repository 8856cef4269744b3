#include "issue/pacer.h"

namespace mlperf::issue {
namespace {

class ClosedLoopPacer final : public Pacer {
 public:
  ClosedLoopPacer(const Series& series, Waiter& waiter)
      : samples_per_query_(series.plan.samples_per_query), waiter_(waiter) {}

  Wait ForTurn(uint64_t query) override {
    return waiter_.ForCompletions(query * samples_per_query_);
  }
  bool Coalesces(uint64_t, int64_t) const override { return false; }

 private:
  const uint64_t samples_per_query_;
  Waiter& waiter_;
};

class ServerPacer final : public Pacer {
 public:
  ServerPacer(const Series& series, Waiter& waiter, bool coalesce)
      : series_(series), waiter_(waiter), coalesce_(coalesce) {}

  Wait ForTurn(uint64_t query) override {
    return waiter_.ForTime(series_.start_ns + series_.plan.ScheduledOffset(query));
  }
  bool Coalesces(uint64_t query, int64_t now_ns) const override {
    return coalesce_ && series_.plan.ScheduledOffset(query) <= now_ns;
  }

 private:
  const Series& series_;
  Waiter& waiter_;
  const bool coalesce_;
};

class OfflinePacer final : public Pacer {
 public:
  Wait ForTurn(uint64_t) override { return Wait::kReached; }
  bool Coalesces(uint64_t, int64_t) const override { return false; }
};

}  // namespace

std::unique_ptr<Pacer> MakePacer(const EffectiveSettings& settings, const Series& series,
                                 Waiter& waiter) {
  switch (settings.scenario) {
    case TestScenario::SingleStream:
    case TestScenario::MultiStream: return std::make_unique<ClosedLoopPacer>(series, waiter);
    case TestScenario::Server:
      return std::make_unique<ServerPacer>(series, waiter, settings.server_coalesce_queries);
    case TestScenario::Offline: break;
  }
  return std::make_unique<OfflinePacer>();
}

}  // namespace mlperf::issue
