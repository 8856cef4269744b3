// Time. Everything the core knows of it comes through a Clock, so that tests can use one that
// never sleeps.

#ifndef MLPERF_LOADGEN_BASE_CLOCK_H_
#define MLPERF_LOADGEN_BASE_CLOCK_H_

#include <atomic>
#include <cstdint>

namespace mlperf::base {

class Clock {
 public:
  virtual ~Clock() = default;

  // Nanoseconds since some fixed moment; never goes back. Any thread.
  virtual int64_t NowNs() = 0;

  // Sleeps while `word` holds `expected`, until `deadline_ns` at the latest; see base::Park.
  // Returns early for no reason, too: a caller that needs the moment itself asks again.
  virtual void SleepUntil(int64_t deadline_ns, const std::atomic<uint32_t>& word,
                          uint32_t expected) = 0;

  // Returns no earlier than `deadline_ns`, and as little later as the machine allows.
  virtual void SpinUntil(int64_t deadline_ns) = 0;
};

// The monotonic clock of the machine; adjustments of the time of day do not reach it.
class SteadyClock final : public Clock {
 public:
  int64_t NowNs() override;
  void SleepUntil(int64_t deadline_ns, const std::atomic<uint32_t>& word,
                  uint32_t expected) override;
  void SpinUntil(int64_t deadline_ns) override;
};

// Tells the processor that this thread is spinning.
inline void CpuRelax() {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

}  // namespace mlperf::base

#endif  // MLPERF_LOADGEN_BASE_CLOCK_H_
