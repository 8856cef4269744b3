#include "base/pages.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>

namespace mlperf::base {
namespace {

// Linux 5.14; older headers do not name it, older kernels refuse it.
constexpr int kPopulateWrite = 23;

void Advise(void* memory, size_t bytes, int advice) {
  static const auto page = static_cast<uintptr_t>(sysconf(_SC_PAGESIZE));
  const auto begin = (reinterpret_cast<uintptr_t>(memory) + page - 1) / page * page;
  const auto end = (reinterpret_cast<uintptr_t>(memory) + bytes) / page * page;
  if (begin < end) madvise(reinterpret_cast<void*>(begin), end - begin, advice);  // NOLINT
}

}  // namespace

void PrefaultPages(void* memory, size_t bytes) { Advise(memory, bytes, kPopulateWrite); }

void ReleasePages(void* memory, size_t bytes) { Advise(memory, bytes, MADV_DONTNEED); }

}  // namespace mlperf::base
