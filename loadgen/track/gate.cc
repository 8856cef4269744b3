#include "track/gate.h"

#include "base/parking.h"

namespace mlperf::track {
namespace {

constexpr int64_t kSpinNs = 20000;

}  // namespace

void Gate::Add(uint64_t samples) noexcept {
  // Sequentially consistent on both sides: either this thread sees `sleeping_`, or the waiter,
  // which sets it before it looks at the count again, sees the count.
  count_.fetch_add(samples, std::memory_order_seq_cst);
  if (sleeping_.load(std::memory_order_seq_cst) != 0 && Reached()) {
    sleeping_.store(0, std::memory_order_seq_cst);
    base::Unpark(sleeping_);
  }
}

void Gate::Interrupt() noexcept {
  interrupted_.store(true, std::memory_order_seq_cst);
  sleeping_.store(0, std::memory_order_seq_cst);
  base::Unpark(sleeping_);
}

bool Gate::Wait(uint64_t target, int64_t deadline_ns, base::Clock& clock) noexcept {
  if (Count() >= target) return true;
  target_.store(target, std::memory_order_relaxed);

  const int64_t begin_ns = clock.NowNs();
  for (int64_t now_ns = begin_ns; now_ns < begin_ns + kSpinNs; now_ns = clock.NowNs()) {
    if (Reached()) return true;
    if (Interrupted() || now_ns >= deadline_ns) return false;
    base::CpuRelax();
  }

  sleeping_.store(1, std::memory_order_seq_cst);
  if (!Reached() && !Interrupted()) base::Park(sleeping_, 1, deadline_ns - clock.NowNs());
  sleeping_.store(0, std::memory_order_seq_cst);
  return Reached();
}

}  // namespace mlperf::track
