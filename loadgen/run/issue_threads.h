// The threads that users lend for issuing queries: what is behind RegisterIssueQueryThread.
//
// Process-wide, as the free function is. A forked child has none: the threads are the parent's.

#ifndef MLPERF_LOADGEN_RUN_ISSUE_THREADS_H_
#define MLPERF_LOADGEN_RUN_ISSUE_THREADS_H_

#include <cstdint>
#include <functional>

#include "base/clock.h"
#include "issue/waiter.h"

namespace mlperf::run {

// Lends the calling thread until a test is over, or ReleaseIssueThreads. When it is called up it
// visits CurrentRun() and issues its share of the series there. `poll`, if any, is called on it now
// and then; what it throws comes out, or ends the test that the thread takes part in. In a child
// that was forked by a callback on it, throws what the callback threw, else StateError. Throws
// StateError on a thread that runs a test, is lent, or is inside a completion call.
void LendIssueThread(const issue::Poll& poll);

// Threads that are waiting or at work.
uint32_t LentIssueThreads();

// Sends home every thread that no test has gathered. For when there is none.
void ReleaseIssueThreads();

// The same, and those that come later: the process is ending.
void RefuseIssueThreads();

// A test's hold on the threads: at its end all go home, those too that it did not want.
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
  uint32_t Gather(uint32_t wanted, base::Clock& clock, const std::function<void()>& pause);

  // Has each of those that were gathered issue its share of the series of this generation.
  void CallUp(uint64_t generation);
};

}  // namespace mlperf::run

#endif  // MLPERF_LOADGEN_RUN_ISSUE_THREADS_H_
