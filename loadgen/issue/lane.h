// What each thread that issues a series has to itself.

#ifndef MLPERF_LOADGEN_ISSUE_LANE_H_
#define MLPERF_LOADGEN_ISSUE_LANE_H_

#include <atomic>
#include <cstdint>
#include <exception>
#include <string>

#include "track/gate.h"

namespace mlperf::issue {

// How the issue of a series, or of a thread's share of it, came to its end.
struct IssueEnd {
  enum class Kind {
    kDone,         // every query of the plan was sent, as it should be
    kNaturally,    // enough queries for long enough
    kEarly,        // a limit was reached, or the plan ran out: an error in the log
    kInterrupted,  // the gate was interrupted
    kTimedOut,     // a query was not completed in time
  };
  Kind kind = Kind::kDone;
  std::string message;  // for the detail log; of kNaturally and kEarly
};

// Lane k of n issues the queries k, k + n, k + 2n ... of the plan. Written by its thread, but for
// the gate; on cache lines of its own.
struct alignas(64) Lane {
  std::atomic<uint64_t> end{0};  // behind the last query issued; 0: none; any thread may read it

  // What follows is for threads other than the one that runs the test.
  std::atomic<bool> done{false};  // the thread has left; what is below may be read
  IssueEnd issue_end;
  std::exception_ptr raised;  // what the SUT threw; then there is no issue_end
  track::Gate gate;           // where the thread rests
};

}  // namespace mlperf::issue

#endif  // MLPERF_LOADGEN_ISSUE_LANE_H_
