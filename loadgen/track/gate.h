// Where the issuing thread waits for completions.

#ifndef MLPERF_LOADGEN_TRACK_GATE_H_
#define MLPERF_LOADGEN_TRACK_GATE_H_

#include <atomic>
#include <cstdint>

#include "base/clock.h"

namespace mlperf::track {

// Counts completed samples. Any number of threads add; one thread at a time waits. What a thread
// wrote before Add is visible to the waiter after it has seen the count.
class Gate {
 public:
  // Any thread. One atomic addition; a system call only when that ends a wait.
  void Add(uint64_t samples) noexcept;

  uint64_t Count() const noexcept { return count_.load(std::memory_order_acquire); }

  // Ends the present wait early, and every later one. Any thread; safe in a signal handler.
  void Interrupt() noexcept;
  bool Interrupted() const noexcept { return interrupted_.load(); }

  // Returns true once Count() >= `target`. Returns false when it is not yet, but the gate was
  // interrupted, `deadline_ns` of `clock` has passed, or a signal was handled. Spins for a moment
  // before it sleeps: a wake-up from another core takes some 30 us, a spin under one.
  bool Wait(uint64_t target, int64_t deadline_ns, base::Clock& clock) noexcept;

 private:
  bool Reached() const noexcept { return count_.load() >= target_.load(std::memory_order_relaxed); }

  // Written by completing threads; alone on its cache line.
  alignas(64) std::atomic<uint64_t> count_{0};
  // Written by the waiter, read by completing threads.
  alignas(64) std::atomic<uint32_t> sleeping_{0};
  std::atomic<uint64_t> target_{0};
  std::atomic<bool> interrupted_{false};
};

}  // namespace mlperf::track

#endif  // MLPERF_LOADGEN_TRACK_GATE_H_
