#include "base/readable.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>

namespace mlperf::base {
namespace {

constexpr uintptr_t kPageBytes = 4096;  // of some machines more: then a page is looked at twice

// The kernel reads the signal mask that it is given before it finds out that it is told to do
// nothing with it. process_vm_readv takes several times as long, and does not read the memory of
// devices, in which responses may well lie.
bool PageIsReadable(uintptr_t address) {
  constexpr int kNoSuchOperation = -1;
  constexpr uintptr_t kMaskBytes = 8;
  // Any of the page will do, but for no address at all.
  const uintptr_t mask = std::max(address / kMaskBytes * kMaskBytes, kMaskBytes);
  return syscall(SYS_rt_sigprocmask, kNoSuchOperation, mask, nullptr, kMaskBytes) == 0 ||
         errno != EFAULT;
}

}  // namespace

bool IsReadable(const void* address, size_t size) {
  if (size == 0) return true;
  const auto first = reinterpret_cast<uintptr_t>(address);
  if (size - 1 > UINTPTR_MAX - first) return false;
  const uintptr_t last = first + (size - 1);
  // First, because most sizes that are made up are found out there.
  if (!PageIsReadable(last)) return false;
  for (uintptr_t page = first / kPageBytes; page < last / kPageBytes; ++page) {
    if (!PageIsReadable(page * kPageBytes)) return false;
  }
  return true;
}

}  // namespace mlperf::base
