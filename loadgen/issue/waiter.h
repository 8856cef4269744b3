// Waits for completions or for a time, and can be interrupted at any moment.

#ifndef MLPERF_LOADGEN_ISSUE_WAITER_H_
#define MLPERF_LOADGEN_ISSUE_WAITER_H_

#include <cstdint>
#include <limits>

#include "base/clock.h"
#include "base/poll.h"
#include "base/spare_core.h"
#include "issue/wake_margin.h"
#include "track/completion_counter.h"

namespace mlperf::issue {

// Called on the issuing thread, at intervals and when the counter is woken.
using base::Poll;

enum class Wait { kReached, kInterrupted, kTimedOut };

// How a thread waits. Times in ns.
struct Patience {
  int64_t give_up_ns = 0;  // waiting for completions; 0 is for ever
  int64_t poll_interval_ns = 250'000'000;
};

class Waiter {
 public:
  // `spin_us`: as TestSettings::server_spin_us.
  Waiter(base::Clock& clock, track::CompletionCounter& completions, const Poll& poll,
         Patience patience, const base::SpareCore& spare_core, int spin_us = -1);

  // Waits until `samples` are completed. Spins first: a sleeping thread continues some 30 us after
  // it is woken, a spinning one within 1 us. Spins for kShortSpinNs, then up to kLongSpinNs while a
  // core is free; does not while waits take longer than that, or if the thread has only one
  // processor.
  Wait ForCompletions(uint64_t samples);

  // Waits until `done()` is true; the thread that makes it true must wake the counter afterwards.
  template <typename Done>
  Wait ForSign(Done done) {
    for (;;) {
      // After each sleep, which a signal may have ended early. Clears the wake request, so that one
      // that comes from here on ends the next sleep.
      PollNow(clock_.NowNs());
      if (done()) return Wait::kReached;
      if (completions_.Interrupted()) return Wait::kInterrupted;
      completions_.SleepUntil(next_poll_ns_, clock_);
    }
  }

  // Waits until the clock shows `due_ns`: sleeps, then spins through the rest. Unless `spin_us`
  // says how long the rest is, it spins only while a core is free: when other threads need the
  // core, the kernel deschedules a spinning thread for milliseconds, but runs one that wakes up at
  // once.
  Wait ForTime(int64_t due_ns);

  // Polls when it is time to. `now_ns` saves reading the clock.
  void PollAt(int64_t now_ns) {
    if (now_ns >= next_poll_ns_ || completions_.WakeRequested()) PollNow(now_ns);
  }

  static constexpr int64_t kShortSpinNs = 20'000;
  static constexpr int64_t kLongSpinNs = 10'000'000;
  // How long a check whether a core is free remains valid: while spinning for completions, and from
  // one due time to the next.
  static constexpr int64_t kLookForCoreNs = 500'000;
  static constexpr int64_t kCoreIsFreeNs = 2'000'000;

 private:
  void PollNow(int64_t now_ns);
  bool SpinForCompletions(uint64_t samples, int64_t begin_ns);
  int64_t MarginNs(int64_t now_ns);

  base::Clock& clock_;
  track::CompletionCounter& completions_;
  const Poll& poll_;
  const Patience patience_;
  const base::SpareCore& spare_core_;
  const bool margin_is_fixed_;
  WakeMargin margin_;
  bool core_is_free_ = false;
  int64_t next_look_ns_ = 0;  // when to check again
  int64_t next_poll_ns_;
  bool waits_are_short_ = true;  // the last one was
};

}  // namespace mlperf::issue

#endif  // MLPERF_LOADGEN_ISSUE_WAITER_H_
