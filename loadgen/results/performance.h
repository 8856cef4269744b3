// From what was measured to what is reported.

#ifndef MLPERF_LOADGEN_RESULTS_PERFORMANCE_H_
#define MLPERF_LOADGEN_RESULTS_PERFORMANCE_H_

#include <string>
#include <vector>

#include "mlperf_loadgen/report.h"
#include "track/measurements.h"

namespace mlperf::results {

// Fills the performance part of `report`: statistics, rates, early stopping, verdict. Reads its
// settings, complete and end_reason, which the caller has set; takes over the arrays of
// `measurements`. `faults` are further reasons why the run cannot be valid, a sentence each.
//
// Any measurements will do, none at all included: a ratio with nothing below the line is 0.
void FillPerformance(track::Measurements measurements, const std::vector<std::string>& faults,
                     Report* report);

}  // namespace mlperf::results

#endif  // MLPERF_LOADGEN_RESULTS_PERFORMANCE_H_
