#include "track/completion_counter.h"

#include <atomic>
#include <limits>
#include <thread>
#include <vector>

#include "check.h"
#include "fakes.h"

using mlperf::track::CompletionCounter;

namespace {

constexpr int64_t kForEver = std::numeric_limits<int64_t>::max();
constexpr int64_t kLong = 30 * fakes::kSecond;  // for a wake-up

}  // namespace

TEST(reached_without_waiting) {
  CompletionCounter completions;
  fakes::FakeClock clock;
  CHECK(completions.Wait(0, 0, clock));
  completions.Add(3);
  CHECK_EQ(completions.Count(), 3u);
  CHECK(completions.Wait(3, 0, clock));
  CHECK(completions.Wait(2, 0, clock));
}

TEST(the_deadline_ends_the_wait) {
  CompletionCounter completions;
  fakes::FakeClock clock;
  clock.SetTick(fakes::kSecond);
  completions.Add(1);
  CHECK(!completions.Wait(2, clock.NowNs(), clock));
  CHECK(!completions.Wait(2, clock.NowNs() + fakes::kMs, clock));
}

TEST(interrupted_for_good) {
  CompletionCounter completions;
  fakes::FakeClock clock;
  CHECK(!completions.Interrupted());
  completions.Interrupt();
  CHECK(completions.Interrupted());
  CHECK(!completions.Wait(1, kForEver, clock));
  CHECK(!completions.Wait(1, kForEver, clock));
  completions.Add(1);
  CHECK(completions.Wait(1, kForEver, clock));
}

TEST(a_nudge_ends_sleeps_until_it_is_forgotten) {
  mlperf::base::SteadyClock clock;
  CompletionCounter completions;
  completions.Wake();
  CHECK(completions.WakeRequested());
  CHECK(!completions.Wait(1, kForEver, clock));
  completions.SleepUntil(kForEver, clock);
  completions.ClearWake();
  CHECK(!completions.WakeRequested());
  CHECK(!completions.Wait(1, clock.NowNs(), clock));
}

TEST(rests_whatever_completes) {
  CompletionCounter completions;
  fakes::FakeClock clock;
  const int64_t until_ns = clock.NowNs() + fakes::kSecond;
  clock.At(until_ns - fakes::kMs, [&] { completions.Add(1); });
  completions.SleepUntil(until_ns, clock);
  CHECK_EQ(clock.NowNs(), until_ns);
  CHECK_EQ(completions.Count(), 1u);
}

// Waits and additions meet in every order; a wake-up that is lost ends in the deadline. The plain
// writes are read by the waiter once it has seen the count.
TEST(no_wake_up_is_lost) {
  constexpr uint64_t kRounds = 3000;
  constexpr uint64_t kThreads = 2;
  CompletionCounter completions;
  mlperf::base::SteadyClock clock;
  std::atomic<uint64_t> go{0};
  std::vector<uint64_t> written(kThreads);
  std::vector<std::thread> threads;
  for (uint64_t t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (uint64_t round = 1; round <= kRounds; ++round) {
        while (go.load() < round) std::this_thread::yield();
        written[t] = round;
        completions.Add(1);
      }
    });
  }
  for (uint64_t round = 1; round <= kRounds; ++round) {
    go.store(round);
    const int64_t deadline_ns = clock.NowNs() + kLong;
    while (!completions.Wait(round * kThreads, deadline_ns, clock))
      CHECK(clock.NowNs() < deadline_ns);
    for (const uint64_t value : written) {
      if (value != round) CHECK_EQ(value, round);
    }
  }
  for (std::thread& thread : threads) thread.join();
}

TEST(interrupt_wakes_a_sleeper) {
  mlperf::base::SteadyClock clock;
  for (int round = 0; round < 300; ++round) {
    CompletionCounter completions;
    std::thread interrupter([&] { completions.Interrupt(); });
    const int64_t deadline_ns = clock.NowNs() + kLong;
    while (!completions.Interrupted()) CHECK(!completions.Wait(1, deadline_ns, clock));
    CHECK(clock.NowNs() < deadline_ns);
    interrupter.join();
  }
}

TEST(tells_what_would_let_a_spinning_thread_go) {
  CompletionCounter completions;
  CHECK(!completions.WouldRelease(uint64_t{1} << 62));
  completions.Add(5);
  completions.SetSpinTarget(8);
  CHECK(!completions.WouldRelease(2));
  CHECK(completions.WouldRelease(3));
  CHECK(completions.WouldRelease(4));
  completions.Add(3);
  CHECK(!completions.WouldRelease(1));  // it is off already
  completions.SetSpinTarget(CompletionCounter::kNever);
  CHECK(!completions.WouldRelease(1));
}
