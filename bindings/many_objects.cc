#include "many_objects.h"

#include <algorithm>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>

#include "base/pages.h"
#include "base/process.h"
#include "base/spare_core.h"

namespace mlperf::python {
namespace {

// Python without a GIL allocates in another way.
#ifdef Py_GIL_DISABLED
constexpr bool kHasArenas = false;
#else
constexpr bool kHasArenas = true;
#endif

PyObjectArenaAllocator original{};  // of Python; valid while any PrefaultedArenas lives

// What Python asks an arena allocator for.
struct Arena {
  void* memory = nullptr;
  size_t bytes = 0;
};

void Prefault(const Arena& arena) {
  // Python divides an arena into aligned pools of this size and leaves the rest of it untouched.
  constexpr uintptr_t kPool = size_t{1} << 14U;
  const uintptr_t before = -reinterpret_cast<uintptr_t>(arena.memory) % kPool;
  // The kernel holds up every other mmap and munmap of the process meanwhile: little at a time.
  constexpr size_t kStep = 8 * kPool;
  for (size_t begin = before; begin + kPool <= arena.bytes; begin += kStep) {
    base::PrefaultPages(static_cast<char*>(arena.memory) + begin,
                        std::min(kStep, (arena.bytes - begin) / kPool * kPool));
  }
}

// Keeps a few arenas ahead of use, which a thread of its own prefaults. With the GIL held, except
// for that thread, which touches nothing of Python's. Nobody waits for it: an arena that it has not
// begun is prefaulted by whoever needs it.
class ArenasAhead {
 public:
  ArenasAhead() {
    try {
      thread_ = std::thread(&ArenasAhead::PrefaultWaiting, this);
    } catch (const std::system_error&) {  // no thread to be had: Take prefaults
    }
  }
  ~ArenasAhead() {
    {
      const std::lock_guard lock(mutex_);
      ending_ = true;
    }
    changed_.notify_one();
    if (thread_.joinable()) thread_.join();
    for (const auto* const arenas : {&waiting_, &ready_}) {
      for (const Arena& arena : *arenas) original.free(original.ctx, arena.memory, arena.bytes);
    }
  }
  ArenasAhead(const ArenasAhead&) = delete;
  ArenasAhead& operator=(const ArenasAhead&) = delete;

  // A prefaulted arena, or null.
  void* Take(size_t bytes) {
    std::optional<Arena> arena = First(&ready_, bytes);
    if (!arena) {
      arena = First(&waiting_, bytes);
      if (!arena) arena = Arena{original.alloc(original.ctx, bytes), bytes};
      if (arena->memory == nullptr) return nullptr;
      Prefault(*arena);
    }
    if (thread_.joinable()) FillUp(bytes);
    return arena->memory;
  }

 private:
  // At most; refilled when half are used. The thread prefaults an arena about as fast as Python
  // fills one with ints, faster than with larger objects.
  static constexpr size_t kAhead = 16;

  std::optional<Arena> First(std::deque<Arena>* arenas, size_t bytes) {
    const std::lock_guard lock(mutex_);
    if (arenas->empty() || arenas->front().bytes != bytes) return {};
    const Arena arena = arenas->front();
    arenas->pop_front();
    return arena;
  }

  void FillUp(size_t bytes) {
    {
      const std::lock_guard lock(mutex_);
      if (waiting_.size() + ready_.size() > kAhead / 2) return;
      while (waiting_.size() + ready_.size() < kAhead) {
        void* const memory = original.alloc(original.ctx, bytes);
        if (memory == nullptr) break;
        waiting_.push_back({memory, bytes});
      }
    }
    changed_.notify_one();
  }

  void PrefaultWaiting() {
    std::unique_lock lock(mutex_);
    while (true) {
      changed_.wait(lock, [&] { return ending_ || !waiting_.empty(); });
      if (ending_) return;
      const Arena arena = waiting_.front();
      waiting_.pop_front();
      lock.unlock();
      Prefault(arena);
      lock.lock();
      ready_.push_back(arena);
    }
  }

  std::mutex mutex_;  // guards all below
  std::condition_variable changed_;
  std::deque<Arena> waiting_;
  std::deque<Arena> ready_;
  bool ending_ = false;
  std::thread thread_;
};

// Guarded by the GIL.
size_t alive = 0;
ArenasAhead* ahead = nullptr;  // while any lives, where there is a processor for its thread

// The child of a fork has no such thread.
const base::ForkHandler fork_handler([] { ahead = nullptr; });

void* Allocate(void*, size_t bytes) {
  if (ahead != nullptr) return ahead->Take(bytes);
  const Arena arena{original.alloc(original.ctx, bytes), bytes};
  if (arena.memory != nullptr) Prefault(arena);
  return arena.memory;
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
  if (!base::SpareCore().Alone()) ahead = new ArenasAhead();
  PyObjectArenaAllocator prefaulting{nullptr, Allocate, Free};
  PyObject_SetArenaAllocator(&prefaulting);
}

PrefaultedArenas::~PrefaultedArenas() {
  if (!kHasArenas || --alive != 0) return;
  PyObject_SetArenaAllocator(&original);
  delete ahead;
  ahead = nullptr;
}

}  // namespace mlperf::python
