// Counts completions that arrive when no test is running.

#ifndef MLPERF_LOADGEN_RUN_LATE_H_
#define MLPERF_LOADGEN_RUN_LATE_H_

#include <cstdint>

#include "mlperf_loadgen/query_sample.h"

namespace mlperf::run {

// Counts `samples` that were completed while no test was running, `first` among them. The first
// time, and each time that ten times as many have come, says so on standard error. Any thread.
void CountLate(uint64_t samples, ResponseId first) noexcept;

}  // namespace mlperf::run

#endif  // MLPERF_LOADGEN_RUN_LATE_H_
