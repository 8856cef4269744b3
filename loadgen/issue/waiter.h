// Waiting that can always be ended.

#ifndef MLPERF_LOADGEN_ISSUE_WAITER_H_
#define MLPERF_LOADGEN_ISSUE_WAITER_H_

#include <cstdint>
#include <functional>
#include <limits>

#include "base/clock.h"
#include "base/spare_core.h"
#include "issue/wake_margin.h"
#include "track/completion_counter.h"

namespace mlperf::issue {

// Called on the issuing thread, at intervals and when the counter is woken; may throw to end the
// test (Ctrl-C).
using Poll = std::function<void()>;

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

  // Until `samples` are completed. Spins first: a sleeping thread goes on some 30 us after another
  // has woken it, a spinning one after less than one. It spins for a moment, and on for as long as
  // a core is free, up to kLongSpinNs; not while waits take longer than that, nor where this thread
  // has only one processor.
  Wait ForCompletions(uint64_t samples);

  // Until `done()` holds; whoever brings that about wakes the counter afterwards.
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

  // Until the clock shows `due_ns`: sleeps, then spins through the last stretch. Unless `spin_us`
  // says how long that is, it spins only while a core is free: where others want the core, the
  // kernel takes it from a thread that spins, for milliseconds, but gives it to one that wakes up.
  Wait ForTime(int64_t due_ns);

  // Polls when it is time to; `now_ns` spares a look at the clock.
  void PollAt(int64_t now_ns) {
    if (now_ns >= next_poll_ns_ || completions_.WakeRequested()) PollNow(now_ns);
  }

  static constexpr int64_t kShortSpinNs = 20'000;
  static constexpr int64_t kLongSpinNs = 10'000'000;
  // How long the answer holds to whether a core is free: while spinning for completions, and from
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
  int64_t next_look_ns_ = 0;  // whether it is
  int64_t next_poll_ns_;
  bool waits_are_short_ = true;  // the last one was
};

}  // namespace mlperf::issue

#endif  // MLPERF_LOADGEN_ISSUE_WAITER_H_
