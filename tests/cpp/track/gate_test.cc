#include "track/gate.h"

#include <atomic>
#include <limits>
#include <thread>
#include <vector>

#include "check.h"
#include "fakes.h"

using mlperf::track::Gate;

namespace {

constexpr int64_t kForEver = std::numeric_limits<int64_t>::max();
constexpr int64_t kLong = 30 * fakes::kSecond;  // for a wake-up

}  // namespace

TEST(reached_without_waiting) {
  Gate gate;
  fakes::FakeClock clock;
  CHECK(gate.Wait(0, 0, clock));
  gate.Add(3);
  CHECK_EQ(gate.Count(), 3u);
  CHECK(gate.Wait(3, 0, clock));
  CHECK(gate.Wait(2, 0, clock));
}

TEST(the_deadline_ends_the_wait) {
  Gate gate;
  fakes::FakeClock clock;
  clock.SetTick(fakes::kSecond);
  gate.Add(1);
  CHECK(!gate.Wait(2, clock.NowNs(), clock));
  CHECK(!gate.Wait(2, clock.NowNs() + fakes::kMs, clock));
}

TEST(interrupted_for_good) {
  Gate gate;
  fakes::FakeClock clock;
  CHECK(!gate.Interrupted());
  gate.Interrupt();
  CHECK(gate.Interrupted());
  CHECK(!gate.Wait(1, kForEver, clock));
  CHECK(!gate.Wait(1, kForEver, clock));
  gate.Add(1);
  CHECK(gate.Wait(1, kForEver, clock));
}

TEST(a_nudge_ends_sleeps_until_it_is_forgotten) {
  mlperf::base::SteadyClock clock;
  Gate gate;
  gate.Nudge();
  CHECK(gate.Nudged());
  CHECK(!gate.Wait(1, kForEver, clock));
  gate.Rest(kForEver, clock);
  gate.ForgetNudge();
  CHECK(!gate.Nudged());
  CHECK(!gate.Wait(1, clock.NowNs(), clock));
}

TEST(rests_whatever_completes) {
  Gate gate;
  fakes::FakeClock clock;
  const int64_t until_ns = clock.NowNs() + fakes::kSecond;
  clock.At(until_ns - fakes::kMs, [&] { gate.Add(1); });
  gate.Rest(until_ns, clock);
  CHECK_EQ(clock.NowNs(), until_ns);
  CHECK_EQ(gate.Count(), 1u);
}

// Waits and additions meet in every order; a wake-up that is lost ends in the deadline. The plain
// writes are read by the waiter once it has seen the count.
TEST(no_wake_up_is_lost) {
  constexpr uint64_t kRounds = 3000;
  constexpr uint64_t kThreads = 2;
  Gate gate;
  mlperf::base::SteadyClock clock;
  std::atomic<uint64_t> go{0};
  std::vector<uint64_t> written(kThreads);
  std::vector<std::thread> threads;
  for (uint64_t t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (uint64_t round = 1; round <= kRounds; ++round) {
        while (go.load() < round) std::this_thread::yield();
        written[t] = round;
        gate.Add(1);
      }
    });
  }
  for (uint64_t round = 1; round <= kRounds; ++round) {
    go.store(round);
    const int64_t deadline_ns = clock.NowNs() + kLong;
    while (!gate.Wait(round * kThreads, deadline_ns, clock)) CHECK(clock.NowNs() < deadline_ns);
    for (const uint64_t value : written) {
      if (value != round) CHECK_EQ(value, round);
    }
  }
  for (std::thread& thread : threads) thread.join();
}

TEST(interrupt_wakes_a_sleeper) {
  mlperf::base::SteadyClock clock;
  for (int round = 0; round < 300; ++round) {
    Gate gate;
    std::thread interrupter([&] { gate.Interrupt(); });
    const int64_t deadline_ns = clock.NowNs() + kLong;
    while (!gate.Interrupted()) CHECK(!gate.Wait(1, deadline_ns, clock));
    CHECK(clock.NowNs() < deadline_ns);
    interrupter.join();
  }
}

TEST(tells_what_would_let_a_spinning_thread_go) {
  Gate gate;
  CHECK(!gate.LetsGo(uint64_t{1} << 62));
  gate.Add(5);
  gate.Await(8);
  CHECK(!gate.LetsGo(2));
  CHECK(gate.LetsGo(3));
  CHECK(gate.LetsGo(4));
  gate.Add(3);
  CHECK(!gate.LetsGo(1));  // it is off already
  gate.Await(Gate::kNever);
  CHECK(!gate.LetsGo(1));
}
