// Constants of time.

#ifndef MLPERF_LOADGEN_BASE_UNITS_H_
#define MLPERF_LOADGEN_BASE_UNITS_H_

#include <cstdint>

namespace mlperf::base {

inline constexpr int64_t kNsPerUs = 1'000;
inline constexpr int64_t kNsPerMs = 1'000'000;
inline constexpr int64_t kNsPerSecond = 1'000'000'000;

}  // namespace mlperf::base

#endif  // MLPERF_LOADGEN_BASE_UNITS_H_
