// Records when calls began and ended, for the trace.

#ifndef MLPERF_LOADGEN_TRACK_CALL_RECORD_H_
#define MLPERF_LOADGEN_TRACK_CALL_RECORD_H_

#include <algorithm>
#include <atomic>
#include <cstdint>

#include "base/zeroed_array.h"

namespace mlperf::track {

struct Call {
  int64_t begin_ns;  // since the start of the series
  int64_t duration_ns;
  int64_t thread;  // as the operating system numbers it
};

// Room for a fixed number of calls; those beyond it are dropped. Any thread may add.
class CallRecord {
 public:
  CallRecord() = default;
  explicit CallRecord(uint64_t capacity) : calls_(capacity) {}

  static constexpr uint64_t BytesPerCall() { return sizeof(Call); }

  bool enabled() const { return !calls_.empty(); }

  void Add(const Call& call) noexcept {
    const uint64_t i = next_.fetch_add(1, std::memory_order_relaxed);
    if (i < calls_.size()) calls_[i] = call;
  }

  // Call when no thread adds any more.
  uint64_t size() const { return std::min<uint64_t>(next_.load(), calls_.size()); }
  const Call& operator[](uint64_t i) const { return calls_[i]; }

 private:
  base::ZeroedArray<Call> calls_;
  std::atomic<uint64_t> next_{0};
};

}  // namespace mlperf::track

#endif  // MLPERF_LOADGEN_TRACK_CALL_RECORD_H_
