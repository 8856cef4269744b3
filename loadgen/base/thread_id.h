// The number the operating system gives the calling thread.

#ifndef MLPERF_LOADGEN_BASE_THREAD_ID_H_
#define MLPERF_LOADGEN_BASE_THREAD_ID_H_

#include <cstdint>

namespace mlperf::base {

int64_t ThreadId();  // asks once a thread
int64_t ProcessId();

}  // namespace mlperf::base

#endif  // MLPERF_LOADGEN_BASE_THREAD_ID_H_
