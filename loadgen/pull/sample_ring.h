// The samples that were issued and not yet taken.

#ifndef MLPERF_LOADGEN_PULL_SAMPLE_RING_H_
#define MLPERF_LOADGEN_PULL_SAMPLE_RING_H_

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "sample_batch.h"
#include "system_under_test.h"

namespace mlperf::pull {

// A queue between two threads, without a lock: one puts, one takes. Who takes may change when the
// next one has seen all that the last one did. Its memory is that of the longest queue so far.
class SampleRing {
 public:
  SampleRing();
  ~SampleRing();
  SampleRing(const SampleRing&) = delete;
  SampleRing& operator=(const SampleRing&) = delete;

  // The one who puts. A span of several samples that has an owner takes one place, any other span
  // one a sample. The samples are there for the one who takes when this one says so
  // (BatchDispatcher).
  void Put(const SampleSpan& span);

  // The one who takes: moves `samples` samples, at least 1, into an empty batch. They are there.
  void Take(size_t samples, SampleBatch* batch);

 private:
  struct Entry {
    SampleSpan span;              // its indices are null when it is
    QuerySampleIndex single = 0;  // a single sample
  };
  static constexpr size_t kBlockSize = 256;
  // Blocks form a ring. From the block of the one who takes to that of the one who puts they are
  // in use, the others are free.
  struct Block {
    std::array<Entry, kBlockSize> entries;
    Block* next = nullptr;  // touched by the one who puts; read by the other one as it moves on
  };

  Entry& NextFree();
  Entry& Front();
  void DropFront();

  Block* last_;
  size_t written_ = 0;  // entries of last_
  alignas(64) std::atomic<Block*> first_;
  size_t read_ = 0;  // entries of first_
};

}  // namespace mlperf::pull

#endif  // MLPERF_LOADGEN_PULL_SAMPLE_RING_H_
