// Finds out how much memory this process may use.

#ifndef MLPERF_LOADGEN_BASE_MEMORY_H_
#define MLPERF_LOADGEN_BASE_MEMORY_H_

#include <cstdint>
#include <string>

namespace mlperf::base {

// What this process could use at the very most, in bytes: the machine's memory or, in a container,
// the smallest limit of its control groups. Swap is not counted: a test that swaps measures the
// disk. 2^64 - 1 where the system does not say.
uint64_t MemoryLimit();

// The limit that the control groups of a Linux process set; 2^64 - 1 for none. `groups` is the text
// of /proc/self/cgroup, `root` where the hierarchies are mounted, /sys/fs/cgroup.
uint64_t GroupMemoryLimit(const std::string& groups, const std::string& root);

}  // namespace mlperf::base

#endif  // MLPERF_LOADGEN_BASE_MEMORY_H_
