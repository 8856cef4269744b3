// Takes and releases the interpreter lock (GIL), also while the interpreter shuts down.
//
// A thread that asks for the lock from then on never gets it: CPython before 3.14 ends the thread
// by unwinding its stack (pthread_exit), later ones let it sleep for ever. Unwinding would run C++
// destructors that need the lock, and ends the process where it meets a noexcept or a catch-all.
// So here such a thread sleeps with every version, and goes with the process.

#ifndef MLPERF_LOADGEN_BINDINGS_GIL_H_
#define MLPERF_LOADGEN_BINDINGS_GIL_H_

#include <chrono>
#include <thread>
#ifdef __GLIBCXX__
#include <cxxabi.h>
#endif

#include "python.h"

namespace mlperf::python {

[[noreturn]] inline void SleepForEver() {
  for (;;) std::this_thread::sleep_for(std::chrono::hours(1));
}

// Runs `body`, which calls Python or takes the GIL; does not return when that ends the thread. Put
// it around the call alone: what is unwound before it gets here is destroyed without the GIL.
template <typename Body>
auto OrSleep(Body body) {
#ifdef __GLIBCXX__
  try {
    return body();
  } catch (const abi::__forced_unwind&) {
    SleepForEver();
  }
#else
  return body();
#endif
}

// The state of this thread inside a GilRelease, else null. Knowing it, the issuing thread need not
// look it up for each query.
inline thread_local PyThreadState* released_thread = nullptr;

// Holds the GIL while it lives. On any thread, also one that holds it already.
class GilAcquire {
 public:
  GilAcquire() : thread_(released_thread) {
    const bool attached = PyGILState_Check() != 0;
    if (thread_ != nullptr && !attached) {
      OrSleep([this] { PyEval_RestoreThread(thread_); });
      released_thread = nullptr;
      return;
    }
    thread_ = nullptr;
    // Too late for a thread that comes from outside; the one that ends the interpreter has the GIL.
    if (Py_IsInitialized() == 0 && !attached) SleepForEver();
    state_ = OrSleep([] { return PyGILState_Ensure(); });
  }
  ~GilAcquire() {
    if (thread_ == nullptr) {
      PyGILState_Release(state_);
    } else {
      released_thread = PyEval_SaveThread();
    }
  }
  GilAcquire(const GilAcquire&) = delete;
  GilAcquire& operator=(const GilAcquire&) = delete;

 private:
  PyThreadState* thread_;  // null: `state_` says how it was
  PyGILState_STATE state_{};
};

// Gives the GIL up while it lives. On a thread that holds it.
class GilRelease {
 public:
  GilRelease() : outer_(released_thread), thread_(PyEval_SaveThread()) {
    released_thread = thread_;
  }
  ~GilRelease() {
    released_thread = outer_;
    OrSleep([this] { PyEval_RestoreThread(thread_); });
  }
  GilRelease(const GilRelease&) = delete;
  GilRelease& operator=(const GilRelease&) = delete;

 private:
  PyThreadState* const outer_;
  PyThreadState* const thread_;
};

}  // namespace mlperf::python

#endif  // MLPERF_LOADGEN_BINDINGS_GIL_H_
