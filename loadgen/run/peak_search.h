// Searches for the largest load that passes, given a function that tries one.

#ifndef MLPERF_LOADGEN_RUN_PEAK_SEARCH_H_
#define MLPERF_LOADGEN_RUN_PEAK_SEARCH_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace mlperf::run {

struct PeakSearch {
  double start_qps = 1;
  double step = 1;   // each step towards the upper bound multiplies by 1 + step
  int decimals = 1;  // how many of the result are exact

  std::function<bool(double qps)> passes;  // one trial run
  // Whether a lower rate than that of the trial that just failed may pass.
  std::function<bool()> lower_may_pass = [] { return true; };
  std::function<void(const std::string&)> say = {};  // progress, in the words of the detail log
};

// The highest rate that passes, to `decimals`: doubles (or steps) up from start_qps until a trial
// fails, or down from there until one passes, then bisects. The last rate tried that passed is the
// result; nothing when none did. Stops after 64 steps up without a failure, no SUT is unboundedly
// fast, and after 16 down.
std::optional<double> FindPeak(const PeakSearch& search);

struct CountSearch {
  uint64_t start = 1;  // tried first
  uint64_t limit = 1;  // the largest that is tried

  std::function<bool(uint64_t count)> passes;        // one trial run
  std::function<void(const std::string&)> say = {};  // progress, in the words of the detail log
};

// The largest count that passes, exactly: doubles up from the start until a trial fails or the
// limit passes, then bisects; below the start when that fails. Nothing when not even 1 passes.
std::optional<uint64_t> FindPeakCount(const CountSearch& search);

}  // namespace mlperf::run

#endif  // MLPERF_LOADGEN_RUN_PEAK_SEARCH_H_
