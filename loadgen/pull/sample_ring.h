// Holds the samples that were issued and not yet taken: a queue from one thread to another.

#ifndef MLPERF_LOADGEN_PULL_SAMPLE_RING_H_
#define MLPERF_LOADGEN_PULL_SAMPLE_RING_H_

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "mlperf_loadgen/sample_batch.h"
#include "mlperf_loadgen/system_under_test.h"

namespace mlperf::pull {

// A first-in, first-out queue without a lock for one producer and one consumer at a time. It grows,
// and keeps the memory of the longest queue so far.
//
//   ring.Put(span);                                         // producer
//   issued.store(issued + span.size);
//
//   if (issued.load() > taken) ring.Take(1, &batch);        // consumer
//
// The ring does not say how many samples it holds: producer and consumer share a count, as above.
//
// Memory ordering: the producer raises the count (release or stronger) after Put, and the consumer
// reads it (acquire or stronger) before Take; so the consumer sees the entries. The other way, the
// ring itself publishes a block that was read with release, and the producer acquires it before it
// writes the block again. Threads that take turns as the producer, or as the consumer, must
// synchronize with each other, such as by a lock.
class SampleRing {
 public:
  SampleRing();
  ~SampleRing();
  SampleRing(const SampleRing&) = delete;
  SampleRing& operator=(const SampleRing&) = delete;

  // Producer. Adds the samples: one entry for a span of several samples that has an owner,
  // otherwise one entry a sample. Allocates only when the ring has to grow.
  void Put(const SampleSpan& span);

  // Consumer. Moves the first `samples` samples into an empty batch. `samples` must be at least 1
  // and at most what the ring holds.
  void Take(size_t samples, SampleBatch* batch);

 private:
  struct Entry {
    SampleSpan span;              // a single sample: its indices are null, and
    QuerySampleIndex single = 0;  // this is its index
  };
  static constexpr size_t kBlockSize = 256;
  // The blocks form a ring. Those from first_ to last_ are in use, the others are free.
  struct Block {
    std::array<Entry, kBlockSize> entries;
    Block* next = nullptr;  // written by the producer, read by the consumer as it moves on
  };

  Entry& NextFree();
  Entry& Front();
  void DropFront();

  // Producer.
  Block* last_;
  size_t written_ = 0;  // entries of last_
  // Consumer; the producer reads first_.
  alignas(64) std::atomic<Block*> first_;
  size_t read_ = 0;  // entries of first_
};

}  // namespace mlperf::pull

#endif  // MLPERF_LOADGEN_PULL_SAMPLE_RING_H_
