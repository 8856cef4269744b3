// Counts completed samples; an issuing thread sleeps or spins until there are enough.

#ifndef MLPERF_LOADGEN_TRACK_COMPLETION_COUNTER_H_
#define MLPERF_LOADGEN_TRACK_COMPLETION_COUNTER_H_

#include <atomic>
#include <cstdint>
#include <limits>

#include "base/clock.h"

namespace mlperf::track {

// Any number of threads add; one thread at a time waits.
//
//   counter.Add(8);                               // a completing thread
//   counter.Wait(issued, deadline_ns, clock);     // the issuing thread
//
// Memory ordering: what a thread wrote before Add is visible to the waiter once it has seen the
// count. Add increments the count and then reads whether somebody sleeps; Wait says that it sleeps
// and then reads the count. Both pairs are sequentially consistent, so no wake-up is lost.
class CompletionCounter {
 public:
  // Any thread. One atomic addition, and a system call only when it ends a sleep.
  void Add(uint64_t samples) noexcept;

  uint64_t Count() const noexcept { return count_.load(std::memory_order_acquire); }

  // Says that a thread spins until Count() >= `target`; kNever: none does. Stays set until it is
  // set again, also after the target was reached.
  void SetSpinTarget(uint64_t target) noexcept {
    spin_target_.store(target, std::memory_order_relaxed);
  }
  uint64_t SpinTarget() const noexcept { return spin_target_.load(std::memory_order_relaxed); }
  // Whether Add(samples) would release the spinning thread.
  bool WouldRelease(uint64_t samples) const noexcept {
    const uint64_t spin_target = SpinTarget();
    const uint64_t count = count_.load(std::memory_order_relaxed);
    return count < spin_target && samples >= spin_target - count;
  }

  // Ends the present sleep early, and every later one. Any thread; safe in a signal handler.
  void Interrupt() noexcept;
  bool Interrupted() const noexcept { return interrupted_.load(); }

  // Ends the present sleep early, or the next one, until ClearWake: the issuing thread is to look
  // whether something else needs it. Any thread; safe in a signal handler.
  void Wake() noexcept;
  bool WakeRequested() const noexcept { return wake_requested_.load(std::memory_order_relaxed); }
  void ClearWake() noexcept { wake_requested_.store(false); }

  // Sleeps until Count() >= `target`, then returns true. Returns false when it was interrupted or
  // woken first, `deadline_ns` of `clock` has passed, or a signal was handled.
  bool Wait(uint64_t target, int64_t deadline_ns, base::Clock& clock) noexcept;

  // Sleeps until `deadline_ns` of `clock`, whatever completes. May return early, as Wait does.
  void SleepUntil(int64_t deadline_ns, base::Clock& clock) noexcept;

  static constexpr uint64_t kNever = std::numeric_limits<uint64_t>::max();

 private:
  bool Reached() const noexcept { return count_.load() >= target_.load(std::memory_order_relaxed); }
  bool Called() const noexcept { return interrupted_.load() || wake_requested_.load(); }
  void WakeUp() noexcept;

  // Written by completing threads; alone on its cache line.
  alignas(64) std::atomic<uint64_t> count_{0};
  // Written by the sleeper, read by completing threads.
  alignas(64) std::atomic<uint32_t> sleeping_{0};
  std::atomic<uint64_t> target_{kNever};       // of the sleep
  std::atomic<uint64_t> spin_target_{kNever};  // of the spin
  std::atomic<bool> interrupted_{false};
  std::atomic<bool> wake_requested_{false};
};

}  // namespace mlperf::track

#endif  // MLPERF_LOADGEN_TRACK_COMPLETION_COUNTER_H_
