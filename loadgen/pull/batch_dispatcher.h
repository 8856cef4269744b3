// Hands the samples of a SampleQueue to its workers in batches, one worker at a time.

#ifndef MLPERF_LOADGEN_PULL_BATCH_DISPATCHER_H_
#define MLPERF_LOADGEN_PULL_BATCH_DISPATCHER_H_

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>

#include "base/clock.h"
#include "mlperf_loadgen/sample_queue.h"
#include "pull/sample_ring.h"

namespace mlperf::pull {

// A single-consumer queue that many workers share by taking turns. The producers are the issuing
// threads. The consumer is one worker at a time, which waits for samples; the other workers wait
// for their turn. So issuing wakes one thread at most, and only when the consumer sleeps and there
// are as many samples as it waits for. The functions do what sample_queue.h says of those of the
// same names.
//
//   dispatcher.Issue(span);                                           // producer
//   dispatcher.Flush();
//
//   while (dispatcher.Take(test, request, &batch) == Outcome::kTaken) // each worker
//     Answer(batch);
//
// Memory ordering: a producer counts its samples in issued_ and then reads wanted_; the consumer
// announces what it waits for in wanted_ and then reads issued_. All four are sequentially
// consistent, so the producer sees that it has to wake the consumer, or the consumer sees the
// samples. The same pair publishes the entries of the ring. Producers synchronize with each other
// by a spin lock (issuing_), consumers by mutex_.
class BatchDispatcher {
 public:
  using BatchRequest = SampleQueue::BatchRequest;
  using Outcome = SampleQueue::Outcome;

  BatchDispatcher(uint64_t tests_over, bool closed);

  uint64_t tests_over() const { return over_.load(); }
  bool closed() const { return closed_.load(); }

  // Workers.
  Outcome Take(uint64_t test, const BatchRequest& request, SampleBatch* batch);

  // Any thread. Fail returns false between tests.
  bool Fail();
  void Close();

  // Producers.
  void Issue(const SampleSpan& samples);
  void Flush();
  // The thread that runs the test. Waits for the consumer to leave, then drops what is left.
  void TestOver();

 private:
  bool Over(uint64_t test) const;
  uint64_t Waiting() const { return issued_.load() - taken_.load(std::memory_order_relaxed); }

  // Consumer. Waits until `samples` samples are there, or some and no more will come. Returns false
  // when the test is over, or at `deadline_ns`.
  bool WaitFor(uint64_t samples, uint64_t test, int64_t deadline_ns);
  Outcome TakeInTurn(uint64_t test, const BatchRequest& request, int64_t deadline_ns,
                     SampleBatch* batch);
  // Consumer. Moves `samples` samples, which must be there, into an empty batch.
  void Fill(uint64_t samples, SampleBatch* batch);
  void WakeConsumer();

  static constexpr uint64_t kNever = UINT64_MAX;

  base::SteadyClock clock_;
  SampleRing samples_;

  // Written by the producers.
  alignas(64) std::atomic<bool> issuing_{false};  // a lock
  std::atomic<uint64_t> issued_{0};               // samples
  std::atomic<bool> flushed_{false};
  std::atomic<bool> serving_{false};  // a test has issued

  // Written by the consumer.
  alignas(64) std::atomic<uint64_t> wanted_{kNever};  // value of issued_ at which to wake it
  std::atomic<uint64_t> taken_{0};                    // samples
  std::atomic<uint32_t> wakeups_{0};  // changes with each; the consumer sleeps on it

  alignas(64) std::mutex mutex_;
  std::condition_variable free_;  // for workers: there is no consumer, or no need to become it
  std::condition_variable left_;  // for the end of a test: the consumer has left
  bool occupied_ = false;         // some worker is the consumer
  // The following are written with the lock held, and read without.
  std::atomic<uint64_t> over_;  // tests
  // From the moment the workers know that a test is over until what is left of it is gone.
  // Meanwhile no worker becomes the consumer.
  std::atomic<bool> ending_{false};
  std::atomic<bool> closed_;
};

}  // namespace mlperf::pull

#endif  // MLPERF_LOADGEN_PULL_BATCH_DISPATCHER_H_
