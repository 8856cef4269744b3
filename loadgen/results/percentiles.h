// The percentiles that every report gives.

#ifndef MLPERF_LOADGEN_RESULTS_PERCENTILES_H_
#define MLPERF_LOADGEN_RESULTS_PERCENTILES_H_

#include <cstdint>
#include <string>

#include "base/text.h"
#include "mlperf_loadgen/report.h"

namespace mlperf::results {

struct Percentile {
  const char* label;  // as it stands in the summary and in keys of the detail log
  double fraction;
  int64_t LatencySummary::* value;
};

inline constexpr Percentile kPercentiles[] = {
    {"50.00", 0.50, &LatencySummary::p50}, {"90.00", 0.90, &LatencySummary::p90},
    {"95.00", 0.95, &LatencySummary::p95}, {"97.00", 0.97, &LatencySummary::p97},
    {"99.00", 0.99, &LatencySummary::p99}, {"99.90", 0.999, &LatencySummary::p99_9},
};

// What a target percentile, a fraction, is called in texts: "90.0th", or "90th".
inline std::string PercentileLabel(double percentile, bool decimal) {
  const double percent = percentile * 100;
  return (decimal ? base::Fixed(percent, 1) : base::General(percent)) + "th";
}

}  // namespace mlperf::results

#endif  // MLPERF_LOADGEN_RESULTS_PERCENTILES_H_
