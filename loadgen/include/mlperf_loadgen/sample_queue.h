// A system under test for workers that come and take: pull mode.

#ifndef MLPERF_LOADGEN_SAMPLE_QUEUE_H_
#define MLPERF_LOADGEN_SAMPLE_QUEUE_H_

#include <atomic>
#include <cstdint>
#include <exception>
#include <limits>
#include <string>

#include "api.h"
#include "cxx17.h"
#include "sample_batch.h"
#include "system_under_test.h"

namespace mlperf {
namespace pull {
class BatchDispatcher;
}  // namespace pull

// Queries wait here, first come first served, until worker threads take batches of their samples
// and complete them (CompleteSamples). A large query is cut, small ones that wait together are
// joined. Issuing never waits for a worker, takes no lock but a spin where several threads issue,
// and costs the same for a query of any size; it allocates only while more queries wait than ever
// before, 56 bytes each. (Queries that Server coalesces cost as much as one by one.)
//
// A queue serves one test after another. In a forked child it starts afresh: it is empty, and no
// thread is at it.
class MLPERF_LOADGEN_API SampleQueue : public ArraySystemUnderTest {
 public:
  static constexpr int64_t kForEver = std::numeric_limits<int64_t>::max();

  static constexpr size_t kMostSamples = size_t{1} << 32;
  static constexpr size_t kMostWorkers = 65536;

  // What a worker asks for.
  struct BatchRequest {
    size_t max_batch = 1;  // from 1 to kMostSamples
    // Share what waits among this many workers: a batch is never more than one worker's part of it,
    // rounded up.
    size_t workers = 1;  // up to kMostWorkers
    int64_t timeout_ns = kForEver;
    // How long samples may wait, once there are some, for the batch to become full. The end of a
    // series (FlushQueries) ends that wait.
    int64_t linger_ns = 0;
  };

  enum class Outcome : uint8_t { kTaken, kTimedOut, kOver };

  explicit SampleQueue(std::string name);
  // No thread may be in Take.
  ~SampleQueue() override;
  SampleQueue(const SampleQueue&) = delete;
  SampleQueue& operator=(const SampleQueue&) = delete;

  // The number of the test that is running or, between tests, of the next one. Any thread.
  uint64_t Test() const;

  // Waits for samples of test `test`, a result of Test(), and puts some into `*batch`, which is
  // empty after any other outcome. kOver once that test is over, whatever ended it, or the queue is
  // closed: for every worker, and from then on. A worker that makes sure to know the number before
  // the test begins cannot miss its end. Any number of threads.
  Outcome Take(uint64_t test, const BatchRequest& request, SampleBatch* batch);

  // Ends the test that is running on this queue, so that StartTest throws `error`: for a worker
  // that cannot go on. It is over for all workers at once. Nothing happens between tests. Any
  // thread.
  void Fail(std::exception_ptr error);

  // Lets the workers return: when nothing waits any more, Take answers kOver, in later tests
  // too. A test that goes on issuing, or another one, ends with StateError. Any thread; again and
  // again.
  void Close();
  bool Closed() const;

  // For LoadGen.
  const std::string& Name() override { return name_; }
  void IssueSamples(const SampleSpan& samples) override;
  void FlushQueries() override;
  void TestOver() noexcept override;

 private:
  friend class QueuesOfProcess;

  const std::string name_;
  std::atomic<pull::BatchDispatcher*> dispatcher_;  // another one in a forked child
  SampleQueue* next_ = nullptr;                     // of the queues of the process
};

}  // namespace mlperf

#endif  // MLPERF_LOADGEN_SAMPLE_QUEUE_H_
