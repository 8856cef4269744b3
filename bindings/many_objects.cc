#include "many_objects.h"

#include <cstdint>

#include "base/pages.h"

namespace mlperf::python {
namespace {

// Python without a GIL allocates in another way.
#ifdef Py_GIL_DISABLED
constexpr bool kHasArenas = false;
#else
constexpr bool kHasArenas = true;
#endif

// Guarded by the GIL.
size_t alive = 0;
PyObjectArenaAllocator original{};  // of Python; valid while any is alive

void* Allocate(void*, size_t bytes) {
  void* const arena = original.alloc(original.ctx, bytes);
  if (arena == nullptr) return nullptr;
  // Python divides an arena into aligned pools of this size and leaves the rest of it untouched.
  constexpr uintptr_t kPool = size_t{1} << 14U;
  const uintptr_t before = -reinterpret_cast<uintptr_t>(arena) % kPool;
  if (before < bytes) {
    base::PrefaultPages(static_cast<char*>(arena) + before, (bytes - before) / kPool * kPool);
  }
  return arena;
}

void Free(void*, void* arena, size_t bytes) { original.free(original.ctx, arena, bytes); }

}  // namespace

py::list NewList(size_t size) {
  py::list list(size);
  if (size >= kManyObjects) {
    base::PrefaultPages(PySequence_Fast_ITEMS(list.ptr()), size * sizeof(PyObject*));
  }
  return list;
}

PrefaultedArenas::PrefaultedArenas() {
  if (!kHasArenas || alive++ != 0) return;
  PyObject_GetArenaAllocator(&original);
  PyObjectArenaAllocator prefaulting{nullptr, Allocate, Free};
  PyObject_SetArenaAllocator(&prefaulting);
}

PrefaultedArenas::~PrefaultedArenas() {
  if (kHasArenas && --alive == 0) PyObject_SetArenaAllocator(&original);
}

}  // namespace mlperf::python
