// Waits until the next query may be issued, which each scenario decides in another way.

#ifndef MLPERF_LOADGEN_ISSUE_PACER_H_
#define MLPERF_LOADGEN_ISSUE_PACER_H_

#include <memory>

#include "issue/series.h"
#include "issue/waiter.h"
#include "mlperf_loadgen/test_settings.h"

namespace mlperf::issue {

class Pacer {
 public:
  virtual ~Pacer() = default;

  // Returns when `query` may be issued, or why it may not. `last_ns`: when the query before it was
  // issued, since the start of the series; saves reading the clock.
  virtual Wait ForTurn(const schedule::Reader& query, int64_t last_ns) = 0;
};

// SingleStream, MultiStream: when all samples of the query before it have completed.
// Server: at its scheduled time, at once when that has passed. Offline: at once.
// MultiStreamFixedInterval: at the next tick at which fewer than max_async_queries are outstanding;
// writes the tick to series.ticks. The times of completion decide what was outstanding, so an
// issuing thread that is late, because the SUT kept it, finds the same ticks as one that is on
// time; its query is then issued at once, and its latency counts from the tick. Accuracy mode is
// paced like performance mode.
std::unique_ptr<Pacer> MakePacer(const EffectiveSettings& settings, Series& series, Waiter& waiter);

}  // namespace mlperf::issue

#endif  // MLPERF_LOADGEN_ISSUE_PACER_H_
