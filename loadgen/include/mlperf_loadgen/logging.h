// For SUTs that include the header by this name, for mlperf::PerfClock.

#ifndef MLPERF_LOADGEN_LOGGING_H_
#define MLPERF_LOADGEN_LOGGING_H_

#include "query_times.h"

#endif  // MLPERF_LOADGEN_LOGGING_H_
