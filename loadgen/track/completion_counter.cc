#include "track/completion_counter.h"

#include "base/parking.h"

namespace mlperf::track {

void CompletionCounter::Add(uint64_t samples) noexcept {
  // Sequentially consistent on both sides: either this thread sees `sleeping_`, or the sleeper,
  // which sets it before it looks at the count again, sees the count.
  count_.fetch_add(samples, std::memory_order_seq_cst);
  if (sleeping_.load(std::memory_order_seq_cst) != 0 && Reached()) WakeUp();
}

void CompletionCounter::Interrupt() noexcept {
  interrupted_.store(true, std::memory_order_seq_cst);
  WakeUp();
}

void CompletionCounter::Wake() noexcept {
  wake_requested_.store(true, std::memory_order_seq_cst);
  WakeUp();
}

void CompletionCounter::WakeUp() noexcept {
  sleeping_.store(0, std::memory_order_seq_cst);
  base::Unpark(sleeping_);
}

bool CompletionCounter::Wait(uint64_t target, int64_t deadline_ns, base::Clock& clock) noexcept {
  target_.store(target, std::memory_order_relaxed);
  sleeping_.store(1, std::memory_order_seq_cst);
  if (!Reached() && !Called()) clock.SleepUntil(deadline_ns, sleeping_, 1);
  sleeping_.store(0, std::memory_order_seq_cst);
  return Reached();
}

void CompletionCounter::SleepUntil(int64_t deadline_ns, base::Clock& clock) noexcept {
  target_.store(kNever, std::memory_order_relaxed);
  sleeping_.store(1, std::memory_order_seq_cst);
  if (!Called()) clock.SleepUntil(deadline_ns, sleeping_, 1);
  sleeping_.store(0, std::memory_order_seq_cst);
}

}  // namespace mlperf::track
