// Lets signals end a wait, so that a test need not look for them.

#ifndef MLPERF_LOADGEN_BINDINGS_SIGNAL_WATCH_H_
#define MLPERF_LOADGEN_BINDINGS_SIGNAL_WATCH_H_

#include <atomic>
#include <memory>
#include <thread>

#include "python.h"

namespace mlperf::python {

// Whether this is the thread on which Python runs signal handlers; on others it never does.
bool IsMainThread();

// While it lives, a signal that Python has noticed makes the test under way call its poll. Python
// writes each signal to its wakeup fd, which is a pipe here, read by a thread that sleeps
// otherwise. What the program had as its wakeup fd gets the bytes passed on, and is put back at the
// end; what the program sets meanwhile stays. A forked child has the program's own from the start.
// Make and destroy it on the main thread, holding the GIL; one at a time.
class SignalWatch {
 public:
  // Once in a process, before the first.
  static void Prepare();

  SignalWatch();
  ~SignalWatch();
  SignalWatch(const SignalWatch&) = delete;
  SignalWatch& operator=(const SignalWatch&) = delete;

  // While `awaited`, a SIGTERM that the main thread has not heard of after ten seconds, because a
  // callback is stuck in code that is not Python's, ends the process.
  static void AwaitSigterm(bool awaited);

  // False where there is no pipe to be had: the test has to look for itself.
  bool active() const { return thread_ != nullptr; }

 private:
  static void ForgetInChild();
  void PutBack() const;
  void PassOn() const;

  int read_fd_ = -1;
  int write_fd_ = -1;
  std::atomic<int> previous_fd_{-1};
  std::unique_ptr<std::thread> thread_;
};

}  // namespace mlperf::python

#endif  // MLPERF_LOADGEN_BINDINGS_SIGNAL_WATCH_H_
