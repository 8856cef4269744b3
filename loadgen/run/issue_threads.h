// Keeps the threads that users register for issuing queries: implements RegisterIssueQueryThread.
//
// Process-wide, as the free function is. A forked child has none: the threads are the parent's.

#ifndef MLPERF_LOADGEN_RUN_ISSUE_THREADS_H_
#define MLPERF_LOADGEN_RUN_ISSUE_THREADS_H_

#include <cstdint>
#include <functional>

#include "base/clock.h"
#include "issue/waiter.h"

namespace mlperf::run {

// Registers the calling thread until a test is over, or ReleaseIssueThreads. When a series starts,
// it issues its share of it in CurrentSession(). `poll`, if any, is called on it now and then; what
// it throws comes out, or ends the test that the thread takes part in. In a child that was forked
// by a callback on it, throws what the callback threw, else StateError. Throws StateError on a
// thread that runs a test, is registered already, or is inside a completion call.
void ServeAsIssueThread(const issue::Poll& poll);

// How many threads are registered, waiting or issuing.
uint32_t RegisteredIssueThreads();

// Sends home every registered thread, unless a run is under way: they would wait for one in vain.
void ReleaseIssueThreads();

// Sends home every thread that no test has claimed, and those that come later: the process ends.
void RefuseIssueThreads();

// The threads that one test claims. At its end all registered threads are released.
class IssueThreads {
 public:
  static constexpr int64_t kPatienceNs = 10'000'000'000;

  // On the thread that runs the test, and destroyed there.
  IssueThreads();
  ~IssueThreads();
  IssueThreads(const IssueThreads&) = delete;
  IssueThreads& operator=(const IssueThreads&) = delete;

  // Waits for `wanted` threads, kPatienceNs at most, and returns how many there are. They are
  // numbered in the order in which they came. `pause` is called now and then; may throw.
  uint32_t Await(uint32_t wanted, base::Clock& clock, const std::function<void()>& pause);

  // Has each of those that were claimed issue its share of the series of this generation.
  void StartSeries(uint64_t generation);
};

}  // namespace mlperf::run

#endif  // MLPERF_LOADGEN_RUN_ISSUE_THREADS_H_
