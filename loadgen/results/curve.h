// Describes the distribution of a set of durations by some of its order statistics.

#ifndef MLPERF_LOADGEN_RESULTS_CURVE_H_
#define MLPERF_LOADGEN_RESULTS_CURVE_H_

#include "mlperf_loadgen/timeline.h"
#include "results/order_statistics.h"

namespace mlperf::results {

DurationCurve CurveOf(OrderStatistics& durations);

}  // namespace mlperf::results

#endif  // MLPERF_LOADGEN_RESULTS_CURVE_H_
