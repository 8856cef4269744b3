// Waiting that can always be ended.

#ifndef MLPERF_LOADGEN_ISSUE_WAITER_H_
#define MLPERF_LOADGEN_ISSUE_WAITER_H_

#include <cstdint>
#include <functional>
#include <limits>

#include "base/clock.h"
#include "track/gate.h"

namespace mlperf::issue {

// Called on the issuing thread a few times a second; may throw to end the test (Ctrl-C).
using Poll = std::function<void()>;

enum class Wait { kReached, kInterrupted, kTimedOut };

class Waiter {
 public:
  // `patience_ns`: how long to wait for completions before giving up; 0 is for ever.
  Waiter(base::Clock& clock, track::Gate& gate, const Poll& poll, int64_t patience_ns);

  // Until `samples` are completed.
  Wait ForCompletions(uint64_t samples);

  // Until the clock shows `due_ns`: sleeps, then spins through the last stretch, because the
  // kernel wakes a thread some tens of microseconds late.
  Wait ForTime(int64_t due_ns);

  // Polls when it is time to; `now_ns` spares a look at the clock.
  void PollAt(int64_t now_ns);

 private:
  base::Clock& clock_;
  track::Gate& gate_;
  const Poll& poll_;
  const int64_t patience_ns_;
  int64_t next_poll_ns_;
};

}  // namespace mlperf::issue

#endif  // MLPERF_LOADGEN_ISSUE_WAITER_H_
