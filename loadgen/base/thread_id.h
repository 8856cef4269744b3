// Says which thread this is.

#ifndef MLPERF_LOADGEN_BASE_THREAD_ID_H_
#define MLPERF_LOADGEN_BASE_THREAD_ID_H_

#include <cstdint>

namespace mlperf::base {

// On Linux the number that the operating system gives, which is asked for once a thread; elsewhere
// one that no other thread of this process has. Positive. The thread of a forked child has another
// one than the thread that forked.
int64_t ThreadId();

}  // namespace mlperf::base

#endif  // MLPERF_LOADGEN_BASE_THREAD_ID_H_
