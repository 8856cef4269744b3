// What large arrays ask of the system's memory pages.

#ifndef MLPERF_LOADGEN_BASE_PAGES_H_
#define MLPERF_LOADGEN_BASE_PAGES_H_

#include <cstddef>
#include <vector>

namespace mlperf::base {

// All of these take any memory of one's own and act on the whole pages inside it. They are
// requests: where the system has nothing of the kind, they do nothing.

// Before the first write: asks for pages of 2 MiB, whose first touch costs a third as much a byte
// and which need fewer entries of the TLB. Without effect on less than some MiB.
void PreferLargePages(void* memory, size_t bytes);

// Has the pages of memory that is still all zero made now, so that no first write has to wait for
// one: that takes a microsecond or, when it is a large page, a quarter of a millisecond.
void MakePages(void* memory, size_t bytes);

// Gives the pages back: what was in them is lost and reads as zero.
void DropPages(void* memory, size_t bytes);

// `values.reserve(size)`, in large pages.
template <typename T>
void Reserve(std::vector<T>& values, size_t size) {
  values.reserve(size);
  PreferLargePages(values.data() + values.size(), (values.capacity() - values.size()) * sizeof(T));
}

}  // namespace mlperf::base

#endif  // MLPERF_LOADGEN_BASE_PAGES_H_
