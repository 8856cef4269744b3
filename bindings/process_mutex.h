// Defines the lock of what the bindings share between threads.

#ifndef MLPERF_LOADGEN_BINDINGS_PROCESS_MUTEX_H_
#define MLPERF_LOADGEN_BINDINGS_PROCESS_MUTEX_H_

#include <mutex>

#include "base/process.h"

namespace mlperf::python {

// One for the process, because it is held around a fork, so that the child finds it free and what
// it guards whole. Nobody runs Python or takes another lock under it.
class ProcessMutex {
 public:
  static void lock() { mutex_.lock(); }
  static void unlock() { mutex_.unlock(); }
  static bool try_lock() { return mutex_.try_lock(); }

 private:
  static inline std::mutex mutex_;
  static inline const base::ForkHandler handler_{&lock, &unlock, &unlock};
};

inline ProcessMutex process_mutex;

}  // namespace mlperf::python

#endif  // MLPERF_LOADGEN_BINDINGS_PROCESS_MUTEX_H_
