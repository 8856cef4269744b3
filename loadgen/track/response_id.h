// Makes response ids of a sample's place in its series and of the number of the series.

#ifndef MLPERF_LOADGEN_TRACK_RESPONSE_ID_H_
#define MLPERF_LOADGEN_TRACK_RESPONSE_ID_H_

#include <cstdint>

#include "mlperf_loadgen/query_sample.h"

namespace mlperf::track {

static_assert(sizeof(ResponseId) == 8, "ids carry a generation beside the place");

// The low bits are the place of the sample in its series, in order of issue; the high bits the
// generation, a number from 1 that no two series of the process share. So zero, small integers,
// and ids of earlier series differ from those of the present one without any look-up.
constexpr int kPlaceBits = 40;
constexpr uint64_t kMaxPlaces = uint64_t{1} << kPlaceBits;

constexpr ResponseId MakeId(uint64_t generation, uint64_t place) {
  return (generation << kPlaceBits) | place;
}
constexpr uint64_t GenerationOf(ResponseId id) { return id >> kPlaceBits; }
constexpr uint64_t PlaceOf(ResponseId id) { return id & (kMaxPlaces - 1); }

}  // namespace mlperf::track

#endif  // MLPERF_LOADGEN_TRACK_RESPONSE_ID_H_
