// Holds what each issuing thread of a series writes without sharing.

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
    kDone,         // every query of the plan was issued, as intended
    kNaturally,    // enough queries for long enough
    kEarly,        // a limit was reached, or the plan ran out: an error in the log
    kInterrupted,  // the completion counter was interrupted
    kTimedOut,     // a query was not completed in time
  };
  Kind kind = Kind::kDone;
  std::string message;  // for the detail log; of kNaturally and kEarly
};

// Issuing thread k of n issues the queries k, k + n, k + 2n ... of the plan. Written by that thread
// only, except for the counter; on its own cache lines.
struct alignas(64) IssueThreadState {
  std::atomic<uint64_t> end{0};  // one past the last query issued; 0: none; any thread may read it

  // The rest is used only by registered threads, not by the thread that runs the test.
  std::atomic<bool> done{false};  // the thread has finished; the fields below may be read
  IssueEnd issue_end;
  std::exception_ptr raised;             // what the SUT threw; then there is no issue_end
  track::CompletionCounter completions;  // of the series; where the thread sleeps
};

}  // namespace mlperf::issue

#endif  // MLPERF_LOADGEN_ISSUE_ISSUE_THREAD_STATE_H_
