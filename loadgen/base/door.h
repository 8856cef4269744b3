// One object that many threads reach at any time and one thread puts there and takes away.

#ifndef MLPERF_LOADGEN_BASE_DOOR_H_
#define MLPERF_LOADGEN_BASE_DOOR_H_

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <thread>

#include "base/clock.h"

namespace mlperf::base {

// Visitors pay two atomic additions on a counter that few threads share, take no lock, and never
// see an object that is gone: Close returns only when every visitor has left. A thread may visit
// again while it is inside.
template <typename T>
class Door {
 public:
  class Visit {
   public:
    explicit Visit(Door& door) : Visit(door, true) {}
    // Finds nothing, instead of waiting, while the owner keeps visitors out.
    Visit(Door& door, std::try_to_lock_t) : Visit(door, false) {}
    ~Visit() {
      innermost_ = outer_;
      if (counter_ != nullptr) counter_->fetch_sub(1, std::memory_order_release);
    }
    Visit(const Visit&) = delete;
    Visit& operator=(const Visit&) = delete;

    // Null when there is none. Valid until the visit ends.
    T* operator->() const { return object_; }
    T& operator*() const { return *object_; }
    explicit operator bool() const { return object_ != nullptr; }

    // Whether this thread visits `door`.
    static bool Inside(const Door& door) {
      for (const Visit* visit = innermost_; visit != nullptr; visit = visit->outer_) {
        if (&visit->door_ == &door) return true;
      }
      return false;
    }

   private:
    Visit(Door& door, bool patient) : door_(door), outer_(innermost_) {
      innermost_ = this;
      // An owner who wants visitors out waits for this thread, which thus must not wait for it.
      for (const Visit* visit = outer_; visit != nullptr; visit = visit->outer_) {
        if (&visit->door_ != &door) continue;
        object_ = visit->object_;
        return;
      }
      std::atomic<int64_t>& counter = door.MyCounter();
      for (;;) {
        counter.fetch_add(1, std::memory_order_seq_cst);
        T* const object = door.object_.load(std::memory_order_seq_cst);
        if (object != Busy()) {
          object_ = object;
          counter_ = &counter;
          return;
        }
        counter.fetch_sub(1, std::memory_order_release);
        if (!patient) return;
        std::this_thread::yield();
      }
    }

    static inline thread_local const Visit* innermost_ = nullptr;  // of this thread

    const Door& door_;
    const Visit* const outer_;  // the visit of this thread that this one is inside of
    std::atomic<int64_t>* counter_ = nullptr;  // null: the outer visit is counted, or nobody is in
    T* object_ = nullptr;
  };

  // Owner. Puts `object` there; false when another one is.
  bool Open(T* object) {
    T* empty = nullptr;
    return object_.compare_exchange_strong(empty, object);
  }

  // Owner. Takes the object away; on return no visitor holds it. Not during a visit of one's own.
  void Close() {
    object_.store(nullptr, std::memory_order_seq_cst);
    while (!Empty()) Yield();
  }

  // Owner. Runs `change` while no visitor is inside; those who come meanwhile wait. While somebody
  // stays inside, `wait` is called over and over; when it returns false, the object is taken away
  // instead, for good: those inside keep it, and nobody else finds it. Returns whether `change`
  // ran.
  template <typename Change, typename Wait>
  bool Exclude(Change change, Wait wait) {
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
  void Exclude(Change change) {
    Exclude(change, Yield);
  }

 private:
  static constexpr size_t kCounters = 16;

  struct alignas(64) Counter {
    std::atomic<int64_t> visitors{0};
  };

  // A value no object has.
  static T* Busy() {
    alignas(std::max_align_t) static std::byte marker;
    return reinterpret_cast<T*>(&marker);
  }

  std::atomic<int64_t>& MyCounter() {
    static std::atomic<size_t> threads{0};
    thread_local const size_t mine = threads.fetch_add(1, std::memory_order_relaxed) % kCounters;
    return counters_[mine].visitors;
  }

  static bool Yield() {
    std::this_thread::yield();
    return true;
  }

  // Whether nobody is inside. Each counter is looked at after visitors are kept out, so one that
  // is 0 once stays so but for those who turn round at the door.
  bool Empty() const {
    return std::all_of(counters_.begin(), counters_.end(), [](const Counter& counter) {
      return counter.visitors.load(std::memory_order_seq_cst) == 0;
    });
  }

  std::atomic<T*> object_{nullptr};
  std::array<Counter, kCounters> counters_;
};

}  // namespace mlperf::base

#endif  // MLPERF_LOADGEN_BASE_DOOR_H_
