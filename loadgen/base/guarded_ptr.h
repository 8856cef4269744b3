// Publishes one object to many threads; its owner can retire it safely (rundown protection).

#ifndef MLPERF_LOADGEN_BASE_GUARDED_PTR_H_
#define MLPERF_LOADGEN_BASE_GUARDED_PTR_H_

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <thread>

#include "base/clock.h"

namespace mlperf::base {

// An access costs two atomic additions on a counter that few threads share, takes no lock, and
// never sees an object that is gone: Retire returns only after every access has ended. Accesses of
// one thread may nest.
//
// Memory ordering: an access adds to its counter and then reads the pointer; Retire and
// RunExclusively write the pointer and then read the counters. All four are sequentially
// consistent, so at least one side sees the other. The end of an access releases what its thread
// wrote.
//
//   GuardedPtr<Run> current;
//   if (const GuardedPtr<Run>::Access access(current); access) access->Complete(...);  // any
//   thread current.Publish(&run);  // owner
//   ...
//   current.Retire();       // nobody holds &run from here on
template <typename T>
class GuardedPtr {
 public:
  class Access {
   public:
    explicit Access(GuardedPtr& pointer) : Access(pointer, true) {}
    // Finds nothing, instead of waiting, while the owner runs something exclusively.
    Access(GuardedPtr& pointer, std::try_to_lock_t) : Access(pointer, false) {}
    ~Access() {
      innermost_ = outer_;
      if (counter_ != nullptr) counter_->fetch_sub(1, std::memory_order_release);
    }
    Access(const Access&) = delete;
    Access& operator=(const Access&) = delete;

    // Null when nothing is published. Valid until the access ends.
    T* operator->() const { return object_; }
    T& operator*() const { return *object_; }
    explicit operator bool() const { return object_ != nullptr; }

    // Whether the calling thread is inside an access to `pointer`.
    static bool HeldByThisThread(const GuardedPtr& pointer) {
      for (const Access* access = innermost_; access != nullptr; access = access->outer_) {
        if (&access->pointer_ == &pointer) return true;
      }
      return false;
    }

   private:
    Access(GuardedPtr& pointer, bool wait) : pointer_(pointer), outer_(innermost_) {
      innermost_ = this;
      // An owner who waits for accesses to end waits for this thread, which must not wait for it.
      for (const Access* access = outer_; access != nullptr; access = access->outer_) {
        if (&access->pointer_ != &pointer) continue;
        object_ = access->object_;
        return;
      }
      std::atomic<int64_t>& counter = pointer.CounterOfThisThread();
      for (;;) {
        counter.fetch_add(1, std::memory_order_seq_cst);
        T* const object = pointer.object_.load(std::memory_order_seq_cst);
        if (object != Busy()) {
          object_ = object;
          counter_ = &counter;
          return;
        }
        counter.fetch_sub(1, std::memory_order_release);
        if (!wait) return;
        std::this_thread::yield();
      }
    }

    static inline thread_local const Access* innermost_ = nullptr;  // of this thread

    const GuardedPtr& pointer_;
    const Access* const outer_;                // the access of this thread that encloses this one
    std::atomic<int64_t>* counter_ = nullptr;  // null: the outer access is counted, or none is
    T* object_ = nullptr;
  };

  // Owner. Makes `object` accessible. Returns false when another one is.
  bool Publish(T* object) {
    T* empty = nullptr;
    return object_.compare_exchange_strong(empty, object);
  }

  // Owner. Makes the object inaccessible; on return no thread holds it. Must not be called during
  // an access by the same thread.
  void Retire() {
    object_.store(nullptr, std::memory_order_seq_cst);
    while (!Empty()) Yield();
  }

  // Owner. Runs `change` while no access is under way; new ones wait for it. Until those under way
  // have ended, `wait` is called over and over; when it returns false, the object is made
  // inaccessible for good instead: threads inside keep it, others find nothing. Returns whether
  // `change` ran.
  template <typename Change, typename Wait>
  bool RunExclusively(Change change, Wait wait) {
    T* const object = object_.exchange(Busy(), std::memory_order_seq_cst);
    while (!Empty()) {
      if (wait()) continue;
      object_.store(nullptr, std::memory_order_seq_cst);
      return false;
    }
    change();
    object_.store(object, std::memory_order_seq_cst);
    return true;
  }
  template <typename Change>
  void RunExclusively(Change change) {
    RunExclusively(change, Yield);
  }

 private:
  static constexpr size_t kCounters = 16;

  struct alignas(64) AccessCount {
    std::atomic<int64_t> accesses{0};
  };

  // A value no object has.
  static T* Busy() {
    alignas(std::max_align_t) static std::byte marker;
    return reinterpret_cast<T*>(&marker);
  }

  std::atomic<int64_t>& CounterOfThisThread() {
    static std::atomic<size_t> threads{0};
    thread_local const size_t mine = threads.fetch_add(1, std::memory_order_relaxed) % kCounters;
    return counters_[mine].accesses;
  }

  static bool Yield() {
    std::this_thread::yield();
    return true;
  }

  // Whether no access is under way. Each counter is read after new accesses were shut out, so one
  // that was 0 stays 0, but for accesses that find nothing and leave.
  bool Empty() const {
    return std::all_of(counters_.begin(), counters_.end(), [](const AccessCount& counter) {
      return counter.accesses.load(std::memory_order_seq_cst) == 0;
    });
  }

  std::atomic<T*> object_{nullptr};
  std::array<AccessCount, kCounters> counters_;
};

}  // namespace mlperf::base

#endif  // MLPERF_LOADGEN_BASE_GUARDED_PTR_H_
