// Notices when samples are outstanding and none completes.

#ifndef MLPERF_LOADGEN_RUN_WATCHDOG_H_
#define MLPERF_LOADGEN_RUN_WATCHDOG_H_

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <thread>

#include "base/clock.h"

namespace mlperf::run {

// When waiting has lasted too long. Plain numbers, no clock.
class StallRule {
 public:
  // How many samples are with the SUT and how many came back, of one series.
  struct Count {
    uint64_t issued = 0;
    uint64_t completed = 0;
  };

  explicit StallRule(int64_t limit_ns) : limit_ns_(limit_ns) {}

  // To be asked again and again as time goes on. True when samples have been out for the limit
  // during which none was completed.
  bool Stalled(int64_t now_ns, Count count);

 private:
  const int64_t limit_ns_;
  uint64_t completed_ = 0;
  int64_t since_ns_ = -1;  // of the wait for the next completion; -1 while nothing is out
};

// When to say that no sample comes back: after half a minute, and again each time that it has been
// twice as long. Plain numbers, no clock.
class SilenceRule {
 public:
  static constexpr int64_t kFirstNs = 30'000'000'000;

  explicit SilenceRule(int64_t start_ns) : since_ns_(start_ns) {}

  // To be asked again and again as time goes on. For how long samples have been out during which
  // none was completed, when that is to be said; else 0.
  int64_t ToSay(int64_t now_ns, StallRule::Count count);

 private:
  uint64_t completed_ = 0;
  int64_t since_ns_;
  int64_t next_ns_ = kFirstNs;
};

// Looks at one series from a thread of its own, because the issuing thread may be inside a callback
// that never returns.
class Watchdog {
 public:
  struct Acts {
    std::function<StallRule::Count()> look;
    std::function<void()> on_stall;  // to end the series
    std::function<void()> on_stuck;  // it has not ended a second later
  };

  // Starts the thread, on which all of `acts` happen, the last two at most once.
  Watchdog(base::Clock& clock, int64_t limit_ns, Acts acts);
  // Waits for an act under way.
  ~Watchdog();
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

 private:
  void Watch();
  // Returns false when it is time to go.
  bool Rest(int64_t ns);

  base::Clock& clock_;
  const int64_t limit_ns_;
  const Acts acts_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool done_ = false;
  std::thread thread_;
};

}  // namespace mlperf::run

#endif  // MLPERF_LOADGEN_RUN_WATCHDOG_H_
