// What large arrays ask of the system's memory pages.

#ifndef MLPERF_LOADGEN_BASE_PAGES_H_
#define MLPERF_LOADGEN_BASE_PAGES_H_

#include <cstddef>

namespace mlperf::base {

// All of these take any memory of one's own and act on the whole pages inside it. They are
// requests: where the system has nothing of the kind, they do nothing.

// Has the pages of memory that is still all zero made now, so that no first write has to wait for
// one: that takes a microsecond. Large pages are not asked for: where memory is in pieces, the
// system spends more time on finding one than it saves.
void MakePages(void* memory, size_t bytes);

// Gives the pages back: what was in them is lost and reads as zero.
void DropPages(void* memory, size_t bytes);

}  // namespace mlperf::base

#endif  // MLPERF_LOADGEN_BASE_PAGES_H_
