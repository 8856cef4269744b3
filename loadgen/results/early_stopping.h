// Early stopping: whether a run has enough queries to say, with 99 % confidence, that the true
// latency percentile is no worse than the one reported.

#ifndef MLPERF_LOADGEN_RESULTS_EARLY_STOPPING_H_
#define MLPERF_LOADGEN_RESULTS_EARLY_STOPPING_H_

#include <cstdint>
#include <optional>
#include <string>

#include "mlperf_loadgen/report.h"
#include "results/order_statistics.h"

namespace mlperf::results {

// The test rejects "more than 1 - percentile of all queries are over the latency" when so few over
// it would then be seen in less than 1 % of the runs:
//   P(Binomial(queries, 1 - percentile) <= over) < 1 - 0.99.
// `percentile` is a fraction inside (0, 1), as the check of the settings has made sure; throws
// std::logic_error otherwise.

// The fewest queries of which `over` may be over the latency. Approximate above 10^15.
uint64_t QueriesNeeded(double percentile, uint64_t over);

// How many of `queries` may be over the latency; nothing when even none is too many.
std::optional<uint64_t> OverlatencyAllowed(double percentile, uint64_t queries);

// SingleStream and MultiStream: met when one query may be over the latency. The estimate is the
// lowest latency that the test lets stand as the percentile: the t-th largest for the largest t
// allowed. With `with_p99` also for the 99th percentile, and its text. `percent_decimal`: as
// PercentileLabel.
EarlyStopping EstimatePercentile(OrderStatistics& latencies, double percentile, bool with_p99,
                                 bool percent_decimal = true);

// Server: met when `over` of `queries` is allowed.
EarlyStopping CheckOverlatency(double percentile, uint64_t queries, uint64_t over);

// What the files say about time to first token: nothing when time per output token failed.
std::string TtftText(const TokenReport& tokens);

}  // namespace mlperf::results

#endif  // MLPERF_LOADGEN_RESULTS_EARLY_STOPPING_H_
