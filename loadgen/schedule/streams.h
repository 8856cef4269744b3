// Draws arrival times and sample positions, query by query. The streams are values: a copy draws
// the same numbers again.

#ifndef MLPERF_LOADGEN_SCHEDULE_STREAMS_H_
#define MLPERF_LOADGEN_SCHEDULE_STREAMS_H_

#include <cstdint>

#include "base/random.h"
#include "base/units.h"

namespace mlperf::schedule {

// Random stream 3: when the queries of Server are due, ns since the start of the series. The first
// is due at 0; a gap is truncated to whole ns before it is added.
class ArrivalStream {
 public:
  ArrivalStream() = default;
  ArrivalStream(uint64_t seed, double queries_per_second)
      : random_(seed), rate_(queries_per_second) {}

  // When the current query is due. Starts at the first query.
  int64_t due_ns() const { return due_ns_; }
  void Advance() {
    due_ns_ += static_cast<int64_t>(random_.Exponential(rate_) * base::kNsPerSecond);
  }

 private:
  base::Random random_{base::Random::kDefaultSeed};
  double rate_ = 1;
  int64_t due_ns_ = 0;
};

// The end of random stream 2: uniform positions, or always the same one.
class PositionStream {
 public:
  PositionStream() = default;
  // Uniform in [0, set_size).
  PositionStream(const base::Random& random, uint32_t set_size)
      : random_(random), count_(set_size) {}
  explicit PositionStream(uint32_t always) : first_(always) {}

  uint32_t Next() { return count_ == 1 ? first_ : random_.UniformIndex(count_); }

 private:
  base::Random random_{base::Random::kDefaultSeed};
  uint32_t count_ = 1;
  uint32_t first_ = 0;  // where there is no choice
};

}  // namespace mlperf::schedule

#endif  // MLPERF_LOADGEN_SCHEDULE_STREAMS_H_
