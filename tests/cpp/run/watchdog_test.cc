#include "run/watchdog.h"

#include <pthread.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <limits>
#include <string>
#include <thread>

#include "base/clock.h"
#include "check.h"
#include "mlperf_loadgen/errors.h"

using mlperf::run::StallRule;
using mlperf::run::Watchdog;

TEST(nothing_is_out) {
  StallRule rule(10);
  CHECK(!rule.Stalled(0, {0, 0}));
  CHECK(!rule.Stalled(1000, {0, 0}));
  CHECK(!rule.Stalled(2000, {7, 7}));
  CHECK(!rule.Stalled(3000, {7, 7}));
}

TEST(the_wait_begins_with_the_sample_that_goes_out) {
  StallRule rule(10);
  CHECK(!rule.Stalled(0, {0, 0}));
  CHECK(!rule.Stalled(1000, {1, 0}));
  CHECK(!rule.Stalled(1009, {5, 0}));
  CHECK(rule.Stalled(1010, {5, 0}));
}

TEST(a_completion_begins_it_anew) {
  StallRule rule(10);
  CHECK(!rule.Stalled(0, {5, 0}));
  CHECK(!rule.Stalled(9, {5, 1}));
  CHECK(!rule.Stalled(18, {5, 1}));
  CHECK(rule.Stalled(19, {5, 1}));
}

TEST(so_does_a_moment_with_nothing_out) {
  StallRule rule(10);
  CHECK(!rule.Stalled(0, {5, 4}));
  CHECK(!rule.Stalled(100, {5, 5}));
  CHECK(!rule.Stalled(200, {6, 5}));
  CHECK(!rule.Stalled(209, {6, 5}));
  CHECK(rule.Stalled(210, {6, 5}));
}

namespace {

class Watched {
 public:
  Watchdog::Acts Acts() {
    return {[this] { return StallRule::Count{issued, completed}; }, [this] { ++stalls; },
            [this] { ++stucks; }};
  }

  std::atomic<uint64_t> issued{1};
  std::atomic<uint64_t> completed{0};
  std::atomic<int> stalls{0};
  std::atomic<int> stucks{0};
  mlperf::base::SteadyClock clock;
};

}  // namespace

TEST(stalls_once_and_is_stuck_once) {
  Watched watched;
  const Watchdog watchdog(watched.clock, 5'000'000, watched.Acts());
  while (watched.stucks == 0) std::this_thread::yield();
  CHECK_EQ(watched.stalls.load(), 1);
  CHECK_EQ(watched.stucks.load(), 1);
}

TEST(is_not_stuck_when_the_series_ends) {
  Watched watched;
  {
    const Watchdog watchdog(watched.clock, 5'000'000, watched.Acts());
    while (watched.stalls == 0) std::this_thread::yield();
  }
  CHECK_EQ(watched.stucks.load(), 0);
}

namespace {

// How long the fastest of several watchdogs takes to go, each from `when` on: the machine may be
// busy, but not every time.
template <typename When>
int64_t GoesWithinNs(int64_t limit_ns, When when) {
  int64_t least_ns = std::numeric_limits<int64_t>::max();
  for (int i = 0; i < 5; ++i) {
    Watched watched;
    std::atomic<int> looks{0};
    Watchdog::Acts acts = watched.Acts();
    acts.look = [&, look = acts.look] {
      ++looks;
      return look();
    };
    int64_t begin_ns = 0;
    {
      const Watchdog watchdog(watched.clock, limit_ns, acts);
      while (!when(watched, looks.load())) std::this_thread::yield();
      // It has yet to fall asleep.
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
      begin_ns = watched.clock.NowNs();
    }
    least_ns = std::min(least_ns, watched.clock.NowNs() - begin_ns);
    CHECK_EQ(watched.stucks.load(), 0);
  }
  return least_ns;
}

}  // namespace

// The fastest of several.
TEST(notices_a_stall_soon_after_the_limit) {
  int64_t least_ns = std::numeric_limits<int64_t>::max();
  for (int i = 0; i < 5; ++i) {
    Watched watched;
    const int64_t begin_ns = watched.clock.NowNs();
    const Watchdog watchdog(watched.clock, 16'000'000, watched.Acts());
    while (watched.stalls == 0) std::this_thread::yield();
    least_ns = std::min(least_ns, watched.clock.NowNs() - begin_ns);
  }
  CHECK(least_ns >= 16'000'000);
  CHECK(least_ns < 100'000'000);
}

TEST(is_woken_to_go) {
  const auto looked = [](const Watched&, int looks) { return looks != 0; };
  CHECK(GoesWithinNs(3'600'000'000'000, looked) < 100'000'000);
}

TEST(is_woken_to_go_after_a_stall) {
  const auto stalled = [](const Watched& watched, int) { return watched.stalls != 0; };
  CHECK(GoesWithinNs(5'000'000, stalled) < 100'000'000);
}

#ifdef __GLIBC__
TEST(a_thread_that_cannot_be_had) {
  pthread_attr_t before;
  pthread_getattr_default_np(&before);
  pthread_attr_t huge;
  pthread_attr_init(&huge);
  pthread_attr_setstacksize(&huge, size_t{1} << 60);
  pthread_setattr_default_np(&huge);
  std::string said;
  try {
    Watched watched;
    const Watchdog watchdog(watched.clock, 5'000'000, watched.Acts());
  } catch (const mlperf::StateError& error) {
    said = error.what();
  }
  pthread_setattr_default_np(&before);
  CHECK(said.starts_with("stall_timeout_ms: the thread that it needs cannot be started: "));
  CHECK(said.ends_with("Allow the process one more thread, or set it to 0."));
}
#endif
