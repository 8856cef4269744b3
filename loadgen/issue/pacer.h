// When the next query may go: the difference between the scenarios.

#ifndef MLPERF_LOADGEN_ISSUE_PACER_H_
#define MLPERF_LOADGEN_ISSUE_PACER_H_

#include <memory>

#include "effective_settings.h"
#include "issue/series.h"
#include "issue/waiter.h"

namespace mlperf::issue {

class Pacer {
 public:
  virtual ~Pacer() = default;

  // Returns when `query` may be issued, or why it may not. `last_ns`: when the query before it was
  // issued, of the series; spares a look at the clock.
  virtual Wait ForTurn(const schedule::Reader& query, int64_t last_ns) = 0;
};

// SingleStream, MultiStream: when all samples of the query before it have completed.
// Server: at its scheduled time, at once when that has passed. Offline: at once.
// MultiStreamFixedInterval: at the next tick at which fewer than max_async_queries are out; writes
// the tick to series.ticks. What was out is decided by the times of completion, so an issuing
// thread that comes late, because the SUT kept it, finds the same ticks as one that was on time;
// its query then goes at once, and its latency counts from the tick. The accuracy mode of every
// scenario is paced as its performance mode.
std::unique_ptr<Pacer> MakePacer(const EffectiveSettings& settings, Series& series, Waiter& waiter);

}  // namespace mlperf::issue

#endif  // MLPERF_LOADGEN_ISSUE_PACER_H_
