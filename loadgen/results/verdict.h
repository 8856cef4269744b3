// Whether a run is a valid result, and what to do when it is not.

#ifndef MLPERF_LOADGEN_RESULTS_VERDICT_H_
#define MLPERF_LOADGEN_RESULTS_VERDICT_H_

#include <string>
#include <vector>

#include "mlperf_loadgen/report.h"
#include "track/measurements.h"

namespace mlperf::results {

// What the summary adds to the reason kTooFewQueries, on a line of its own.
inline constexpr const char* kTooFewQueries =
    "The test exited early, before enough queries were issued.";
inline constexpr const char* kSeeDetailedLog =
    "   See the detailed log for why this may have occurred.";

// Sets valid, the four *_met and recommendations of `report`, whose statistics and settings are
// filled. Valid means: the four rules hold (performance constraints, minimum duration, minimum
// queries, early stopping), the run reached its end, no sample is missing and there are no faults.
// The performance constraint of MultiStreamFixedInterval: of all queries, at most 1 -
// target_latency_percentile skip an interval, and at most as many are above the target latency.
// Nothing keeps a rule when no sample was completed. Each broken rule but early stopping, whose
// text speaks for itself, adds a recommendation, in that order; then come the other reasons. Of a
// run that did not reach its end these alone: what to do about rules follows from a whole run only.
void Judge(const track::Measurements& measurements, const std::vector<std::string>& faults,
           Report* report);

}  // namespace mlperf::results

#endif  // MLPERF_LOADGEN_RESULTS_VERDICT_H_
