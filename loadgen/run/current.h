// Knows the run of this process, which the free functions of loadgen.h act on.
//
// A forked child knows none. What its memory holds of a run of the parent is a copy that nothing
// can finish, for the threads of the SUT and of the logs are the parent's: Run::OnFork tells it so.

#ifndef MLPERF_LOADGEN_RUN_CURRENT_H_
#define MLPERF_LOADGEN_RUN_CURRENT_H_

#include <cstdint>
#include <exception>

#include "base/guarded_ptr.h"

namespace mlperf::run {

class Run;
class Session;

// Why the run under way is asked to end.
// kFailing: about to be kFailed.
enum class EndRequest : uint8_t { kNone, kAbort, kProcessEnds, kFailing, kFailed };

// The session of the run of this process, through which any thread reaches it. Another pointer in a
// forked child, so that accesses of the parent's threads leave no trace in it.
base::GuardedPtr<Session>& CurrentSession();

// Replaces the pointer by a new one. For a run that an access never leaves: the old pointer and
// that run must then live as long as the process.
void ReplaceCurrentSession();

// Whether a run is under way, that is, somebody holds a Reservation. Any thread.
bool RunUnderWay();

// Its number, from 1; 0: there is none that could be asked to end.
uint64_t TestUnderWay();

// Asks that run to end soon; nothing happens once it is over. Any thread; does not wait for those
// who are inside, who may be waiting for the caller.
void RequestEnd(EndRequest why, uint64_t test = TestUnderWay());
// kFailed, and this is what failed.
void RequestEnd(std::exception_ptr error, uint64_t test = TestUnderWay());
// What the run under way was asked. It looks here where nobody can get at it.
EndRequest RequestedEnd();
// What failed. For the run that was asked to end with kFailed, once.
std::exception_ptr TakeRequestedError();

// Interrupts the series under way, if any. Any thread; does not wait.
void InterruptSeries();

// As RequestEnd, but the run is only to call its poll.
void RequestPoll();
// Whether it was asked to; forgets it.
bool TakePollRequest();

// Held by the run that is under way, from before its log files are touched until they are closed.
class Reservation {
 public:
  // Throws StateError while another one exists, and after EndRuns.
  explicit Reservation(Run& run);
  ~Reservation();
  Reservation(const Reservation&) = delete;
  Reservation& operator=(const Reservation&) = delete;

 private:
  void Release();

  Run& run_;
};

// Refuses runs from now on, ends the one under way, and waits until it has given its reservation
// back, `patience_ns` at most. Returns whether none is left.
bool EndRuns(int64_t patience_ns);

// A number from 1 that no other series of queries of this process has.
uint64_t NextGeneration();

}  // namespace mlperf::run

#endif  // MLPERF_LOADGEN_RUN_CURRENT_H_
