// The normal distribution.

#ifndef MLPERF_LOADGEN_RESULTS_NORMAL_H_
#define MLPERF_LOADGEN_RESULTS_NORMAL_H_

namespace mlperf::results {

// The z for which a standard normal variable is inside [-z, z] with probability `confidence`, which
// is inside (0, 1): the inverse of the normal distribution at (1 + confidence) / 2. As exact as
// 1 - confidence is.
double NormalBound(double confidence);

}  // namespace mlperf::results

#endif  // MLPERF_LOADGEN_RESULTS_NORMAL_H_
