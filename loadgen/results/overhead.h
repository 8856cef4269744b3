// LoadGen's own part in a result, and when it is what the result is limited by.

#ifndef MLPERF_LOADGEN_RESULTS_OVERHEAD_H_
#define MLPERF_LOADGEN_RESULTS_OVERHEAD_H_

#include <cstdint>

#include "mlperf_loadgen/report.h"
#include "track/measurements.h"

namespace mlperf::results {

// By how much a query of Server may be issued late before that is worth a note, in ns: a tenth of
// the target latency, which the lag is part of; with token latencies, of that of the first token.
int64_t LateLimitNs(const EffectiveSettings& settings);

// Fills `generator`, `schedule_lag_ns` and `notes`, none of which bears on the verdict. Reads the
// settings and duration_seconds of `report`.
void FillGenerator(const track::Measurements& measurements, Report* report);

}  // namespace mlperf::results

#endif  // MLPERF_LOADGEN_RESULTS_OVERHEAD_H_
