// Reads the measurements of a series from its slots when it is over.

#ifndef MLPERF_LOADGEN_RUN_MEASURE_H_
#define MLPERF_LOADGEN_RUN_MEASURE_H_

#include "issue/series.h"
#include "mlperf_loadgen/test_settings.h"
#include "track/measurements.h"
#include "track/slots.h"

namespace mlperf::run {

// The latencies, how far issuing kept to the schedule, and the timeline if it is asked for.
// kForget: the memory of the slots is given back while they are read, so nothing can be read from
// them after that.
track::Measurements Measure(const issue::Series& series, const EffectiveSettings& settings,
                            track::Slots::Then then, bool with_timeline);

}  // namespace mlperf::run

#endif  // MLPERF_LOADGEN_RUN_MEASURE_H_
