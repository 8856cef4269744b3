// Tells whether memory at an address that the SUT passed, which may be anything, can be read.

#ifndef MLPERF_LOADGEN_BASE_READABLE_H_
#define MLPERF_LOADGEN_BASE_READABLE_H_

#include <cstddef>

namespace mlperf::base {

// Whether all of the `size` bytes at `address` are memory that this process may read, at this
// moment: another thread may still take it away. Costs a system call for each page. True without a
// look on systems other than Linux. Any thread.
bool IsReadable(const void* address, size_t size);

}  // namespace mlperf::base

#endif  // MLPERF_LOADGEN_BASE_READABLE_H_
