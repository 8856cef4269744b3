// The state that each issuing thread of a series has to itself.

#ifndef MLPERF_LOADGEN_ISSUE_ISSUE_THREAD_STATE_H_
#define MLPERF_LOADGEN_ISSUE_ISSUE_THREAD_STATE_H_

#include <atomic>
#include <cstdint>
#include <exception>
#include <string>

#include "track/completion_counter.h"

namespace mlperf::issue {

// How issuing a series, or one thread's share of it, ended.
struct IssueEnd {
  enum class Kind {
    kDone,         // every query of the plan was sent, as it should be
    kNaturally,    // enough queries for long enough
    kEarly,        // a limit was reached, or the plan ran out: an error in the log
    kInterrupted,  // the completion counter was interrupted
    kTimedOut,     // a query was not completed in time
  };
  Kind kind = Kind::kDone;
  std::string message;  // for the detail log; of kNaturally and kEarly
};

// Issuing thread k of n issues the queries k, k + n, k + 2n ... of the plan. Written by that thread
// only, but for the counter; on cache lines of its own.
struct alignas(64) IssueThreadState {
  std::atomic<uint64_t> end{0};  // behind the last query issued; 0: none; any thread may read it

  // What follows is for threads other than the one that runs the test.
  std::atomic<bool> done{false};  // the thread has left; what is below may be read
  IssueEnd issue_end;
  std::exception_ptr raised;             // what the SUT threw; then there is no issue_end
  track::CompletionCounter completions;  // of the series; where the thread sleeps
};

}  // namespace mlperf::issue

#endif  // MLPERF_LOADGEN_ISSUE_ISSUE_THREAD_STATE_H_
