// Where the workers of a SampleQueue stand in line.

#ifndef MLPERF_LOADGEN_PULL_BATCH_DISPATCHER_H_
#define MLPERF_LOADGEN_PULL_BATCH_DISPATCHER_H_

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>

#include "base/clock.h"
#include "pull/sample_ring.h"
#include "sample_queue.h"

namespace mlperf::pull {

// One worker at a time stands at the dispatcher and waits for samples; the others wait for it to
// leave. So an issue wakes one thread at most, and that only when the one at the dispatcher sleeps
// and wants no more than has come. What is said in sample_queue.h of the functions of the same
// names is done here.
class BatchDispatcher {
 public:
  using BatchRequest = SampleQueue::BatchRequest;
  using Outcome = SampleQueue::Outcome;

  BatchDispatcher(uint64_t tests_over, bool closed);

  uint64_t tests_over() const { return over_.load(); }
  bool closed() const { return closed_.load(); }

  Outcome Take(uint64_t test, const BatchRequest& request, SampleBatch* batch);

  // Returns false between tests.
  bool Fail();
  void Close();

  // The issuing threads; one waits for another.
  void Issue(const SampleSpan& samples);
  void Flush();
  void TestOver();

 private:
  bool Over(uint64_t test) const;
  uint64_t Waiting() const { return issued_.load() - taken_.load(std::memory_order_relaxed); }

  // At the counter: returns whether so many samples wait, or some and no more will come. False when
  // the test is over, or at `deadline_ns`.
  bool WaitFor(uint64_t samples, uint64_t test, int64_t deadline_ns);
  Outcome TakeInTurn(uint64_t test, const BatchRequest& request, int64_t deadline_ns,
                     SampleBatch* batch);
  // Moves samples that wait into an empty batch.
  void Fill(uint64_t samples, SampleBatch* batch);
  void WakeConsumer();

  static constexpr uint64_t kNever = UINT64_MAX;

  base::SteadyClock clock_;
  SampleRing samples_;

  // Written by the issuing threads, Issue in turn.
  alignas(64) std::atomic<bool> issuing_{false};
  std::atomic<uint64_t> issued_{0};  // samples
  std::atomic<bool> flushed_{false};
  std::atomic<bool> serving_{false};  // a test has issued

  // Written by the one at the dispatcher.
  alignas(64) std::atomic<uint64_t> wanted_{kNever};  // ring when so many are issued
  std::atomic<uint64_t> taken_{0};                    // samples
  std::atomic<uint32_t> wakeups_{0};

  alignas(64) std::mutex mutex_;
  std::condition_variable free_;  // for workers: the counter, or no need to wait for it
  std::condition_variable left_;  // for the end of a test: the counter
  bool occupied_ = false;         // the counter
  // What follows is written with the lock held, and read without.
  std::atomic<uint64_t> over_;  // tests
  // From the moment the workers know that a test is over until what is left of it is gone. Nobody
  // steps up to the dispatcher meanwhile.
  std::atomic<bool> ending_{false};
  std::atomic<bool> closed_;
};

}  // namespace mlperf::pull

#endif  // MLPERF_LOADGEN_PULL_BATCH_DISPATCHER_H_
