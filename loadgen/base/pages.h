// Asks the operating system to prepare or release the pages of large arrays.

#ifndef MLPERF_LOADGEN_BASE_PAGES_H_
#define MLPERF_LOADGEN_BASE_PAGES_H_

#include <cstddef>

namespace mlperf::base {

// Both act on the whole pages inside the given memory, which the caller owns. They are requests:
// where the system cannot do it, nothing happens.

// Faults in the pages of memory that is still all zero, because a first write that has to fault
// takes a microsecond. Huge pages are not asked for: where memory is fragmented, the system spends
// more time looking for one than it saves.
void PrefaultPages(void* memory, size_t bytes);

// Gives the pages back to the system. Their content is lost and reads as zero.
void ReleasePages(void* memory, size_t bytes);

}  // namespace mlperf::base

#endif  // MLPERF_LOADGEN_BASE_PAGES_H_
