// The search behind FindPeakPerformance.

#ifndef MLPERF_LOADGEN_RUN_PEAK_SEARCH_H_
#define MLPERF_LOADGEN_RUN_PEAK_SEARCH_H_

#include <functional>
#include <optional>
#include <string>

namespace mlperf::run {

struct PeakSearch {
  double start_qps = 1;
  double step = 1;   // each step towards the upper bound multiplies by 1 + step
  int decimals = 1;  // how many of the result are exact

  std::function<bool(double qps)> passes;            // one trial run
  std::function<void(const std::string&)> say = {};  // progress, in the words of the detail log
};

// The highest rate that passes, to `decimals`: doubles (or steps) up from start_qps until a trial
// fails, then bisects. The last rate tried that passed is the result; nothing when even start_qps
// fails. Stops after 64 steps up without a failure: no SUT is unboundedly fast.
std::optional<double> FindPeak(const PeakSearch& search);

}  // namespace mlperf::run

#endif  // MLPERF_LOADGEN_RUN_PEAK_SEARCH_H_
