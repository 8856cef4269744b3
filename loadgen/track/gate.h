// Where the issuing thread sleeps.

#ifndef MLPERF_LOADGEN_TRACK_GATE_H_
#define MLPERF_LOADGEN_TRACK_GATE_H_

#include <atomic>
#include <cstdint>
#include <limits>

#include "base/clock.h"

namespace mlperf::track {

// Counts completed samples. Any number of threads add; one thread at a time sleeps. What a thread
// wrote before Add is visible to the sleeper after it has seen the count.
class Gate {
 public:
  // Any thread. One atomic addition; a system call only when that ends a sleep.
  void Add(uint64_t samples) noexcept;

  uint64_t Count() const noexcept { return count_.load(std::memory_order_acquire); }

  // A thread spins until Count() >= `target`, or has stopped to: kNever. What it was let go by
  // stays until it says so again.
  void Await(uint64_t target) noexcept { awaited_.store(target, std::memory_order_relaxed); }
  uint64_t Awaited() const noexcept { return awaited_.load(std::memory_order_relaxed); }
  // Whether one more addition of `samples` lets it go.
  bool LetsGo(uint64_t samples) const noexcept {
    const uint64_t awaited = Awaited();
    const uint64_t count = count_.load(std::memory_order_relaxed);
    return count < awaited && samples >= awaited - count;
  }

  // Ends the present sleep early, and every later one. Any thread; safe in a signal handler.
  void Interrupt() noexcept;
  bool Interrupted() const noexcept { return interrupted_.load(); }

  // Ends the present sleep early, or the next one, until it is forgotten: something wants a look
  // from the issuing thread. Any thread; safe in a signal handler.
  void Nudge() noexcept;
  bool Nudged() const noexcept { return nudged_.load(std::memory_order_relaxed); }
  void ForgetNudge() noexcept { nudged_.store(false); }

  // Sleeps until Count() >= `target`, which is what it returns. Returns false when it is not yet,
  // but the gate was interrupted or nudged, `deadline_ns` of `clock` has passed, or a signal was
  // handled.
  bool Wait(uint64_t target, int64_t deadline_ns, base::Clock& clock) noexcept;

  // Sleeps until `deadline_ns` of `clock`, whatever completes. May return early, as Wait does.
  void Rest(int64_t deadline_ns, base::Clock& clock) noexcept;

  static constexpr uint64_t kNever = std::numeric_limits<uint64_t>::max();

 private:
  bool Reached() const noexcept { return count_.load() >= target_.load(std::memory_order_relaxed); }
  bool Called() const noexcept { return interrupted_.load() || nudged_.load(); }
  void WakeUp() noexcept;

  // Written by completing threads; alone on its cache line.
  alignas(64) std::atomic<uint64_t> count_{0};
  // Written by the sleeper, read by completing threads.
  alignas(64) std::atomic<uint32_t> sleeping_{0};
  std::atomic<uint64_t> target_{kNever};   // of the sleep
  std::atomic<uint64_t> awaited_{kNever};  // of the spin
  std::atomic<bool> interrupted_{false};
  std::atomic<bool> nudged_{false};
};

}  // namespace mlperf::track

#endif  // MLPERF_LOADGEN_TRACK_GATE_H_
