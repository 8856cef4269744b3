#include "issue/waiter.h"

#include <algorithm>
#include <atomic>
#include <fstream>
#include <functional>
#include <string>
#include <vector>

#include "check.h"
#include "fakes.h"

using fakes::kMs;
using fakes::kSecond;
using fakes::kUs;
using mlperf::issue::Wait;
using mlperf::issue::Waiter;
using mlperf::issue::WakeMargin;
using Times = std::vector<int64_t>;

namespace {

constexpr int64_t kFirstMarginNs = 60 * kUs;
// Longer than a look at the clock of this test.
constexpr int64_t kSlackNs = 5 * kUs;

// Notes when sleeps begin, and for when they are set; they may end late. Starts at 0.
class NotingClock final : public mlperf::base::Clock {
 public:
  int64_t NowNs() override { return clock_.NowNs() - kSecond; }
  void SleepUntil(int64_t deadline_ns, const std::atomic<uint32_t>& word,
                  uint32_t expected) override {
    began.push_back(NowNs());
    until.push_back(deadline_ns);
    clock_.SleepUntil(deadline_ns + late_ns + kSecond, word, expected);
  }
  void SpinUntil(int64_t deadline_ns) override {
    spun_ns += std::max(deadline_ns - NowNs(), int64_t{0});
    clock_.SpinUntil(deadline_ns + kSecond);
  }

  void SetTick(int64_t tick_ns) { clock_.SetTick(tick_ns); }
  void At(int64_t time_ns, std::function<void()> what) {
    clock_.At(time_ns + kSecond, std::move(what));
  }

  int64_t late_ns = 0;
  Times began;
  Times until;
  int64_t spun_ns = 0;

 private:
  fakes::FakeClock clock_;
};

// A waiter on a machine of two processors.
struct Machine {
  explicit Machine(int spin_us = -1, int processors = 2)
      : file(folder / "loadavg"),
        spare_core((Ready(1), processors), file),
        waiter(clock, completions, poll, {.give_up_ns = kSecond}, spare_core, spin_us) {}

  // That many threads want to run.
  void Ready(int threads) const {
    std::ofstream(file) << "0.20 0.18 0.12 " << threads << "/80 11206\n";
  }
  void CompleteAt(int64_t time_ns) {
    clock.At(time_ns, [this] { completions.Add(1); });
  }

  fakes::Folder folder;
  const std::string file;
  NotingClock clock;
  mlperf::track::CompletionCounter completions;
  int polls = 0;
  mlperf::issue::Poll poll = [this] { ++polls; };
  const mlperf::base::SpareCore spare_core;
  Waiter waiter;
};

}  // namespace

TEST(spins_to_a_due_time_while_a_core_is_free) {
  Machine machine;
  CHECK(machine.waiter.ForTime(kMs) == Wait::kReached);
  CHECK_EQ(machine.clock.until, (Times{kMs - kFirstMarginNs}));
  CHECK_EQ(machine.clock.spun_ns, kFirstMarginNs);
  CHECK_EQ(machine.clock.NowNs(), kMs);
}

TEST(sleeps_to_a_due_time_where_cores_are_taken) {
  Machine machine;
  machine.Ready(3);
  CHECK(machine.waiter.ForTime(kMs) == Wait::kReached);
  CHECK_EQ(machine.clock.until, (Times{kMs}));
  CHECK_EQ(machine.clock.spun_ns, 0);
}

TEST(sleeps_to_a_due_time_with_one_processor) {
  Machine machine(-1, 1);
  CHECK(machine.waiter.ForTime(kMs) == Wait::kReached);
  CHECK_EQ(machine.clock.until, (Times{kMs}));
}

TEST(looks_every_two_milliseconds_whether_a_core_is_free) {
  Machine machine;
  machine.waiter.ForTime(kMs);  // looks at 0
  machine.Ready(3);
  machine.waiter.ForTime(2 * kMs);
  machine.waiter.ForTime(3 * kMs);  // looks at 2 ms
  machine.Ready(1);
  machine.waiter.ForTime(4 * kMs);
  machine.waiter.ForTime(5 * kMs);  // looks at 4 ms
  const Times& until = machine.clock.until;
  CHECK_EQ(until.size(), 5u);
  std::vector<bool> early;
  for (size_t i = 0; i < until.size(); ++i) {
    early.push_back(until[i] < static_cast<int64_t>(i + 1) * kMs);
  }
  CHECK_EQ(early, (std::vector<bool>{true, true, false, false, true}));
}

TEST(a_margin_that_was_asked_for_holds_on_any_machine) {
  Machine machine(100);
  machine.Ready(3);
  machine.clock.late_ns = 10 * kUs;
  machine.waiter.ForTime(kMs);
  machine.waiter.ForTime(2 * kMs);
  CHECK_EQ(machine.clock.until, (Times{kMs - 100 * kUs, 2 * kMs - 100 * kUs}));
  CHECK_EQ(machine.clock.spun_ns, 180 * kUs);
  Machine asleep(0);
  asleep.waiter.ForTime(kMs);
  CHECK_EQ(asleep.clock.until, (Times{kMs}));
}

TEST(the_margin_follows_late_wake_ups_also_while_it_is_not_used) {
  Machine machine;
  machine.Ready(3);
  machine.clock.late_ns = 70 * kUs;
  machine.waiter.ForTime(2 * kMs);
  machine.Ready(1);
  machine.clock.late_ns = 0;
  machine.waiter.ForTime(4 * kMs);
  CHECK_EQ(machine.clock.until.back(), 4 * kMs - kFirstMarginNs - 99 * WakeMargin::kStepNs);
}

TEST(a_time_that_has_passed_costs_no_sleep) {
  Machine machine;
  machine.clock.SetTick(kUs);
  CHECK(machine.waiter.ForTime(0) == Wait::kReached);
  CHECK(machine.clock.until.empty());
  CHECK_EQ(machine.clock.spun_ns, 0);
}

TEST(polls_at_intervals_and_when_nudged_before_a_due_time) {
  Machine machine;
  machine.clock.At(300 * kMs, [&] { machine.completions.Wake(); });
  CHECK(machine.waiter.ForTime(kSecond) == Wait::kReached);
  // At 250, 300, 550 and 800 ms.
  CHECK_EQ(machine.polls, 4);
  CHECK(!machine.completions.WakeRequested());
}

TEST(an_interrupt_ends_the_wait_for_a_due_time) {
  Machine machine;
  machine.clock.At(300 * kMs, [&] { machine.completions.Interrupt(); });
  CHECK(machine.waiter.ForTime(kSecond) == Wait::kInterrupted);
  CHECK_EQ(machine.clock.NowNs(), 300 * kMs);
}

TEST(what_completes_in_a_moment_is_not_slept_for) {
  Machine machine;
  machine.Ready(3);
  machine.clock.SetTick(kUs);
  machine.CompleteAt(Waiter::kShortSpinNs - kSlackNs);
  CHECK(machine.waiter.ForCompletions(1) == Wait::kReached);
  CHECK(machine.clock.until.empty());
}

TEST(says_what_it_spins_for) {
  Machine machine;
  machine.Ready(3);
  machine.clock.SetTick(kUs);
  std::vector<uint64_t> awaited;
  const auto look = [&] { awaited.push_back(machine.completions.SpinTarget()); };
  machine.clock.At(kUs * 10, look);
  machine.CompleteAt(kUs * 15);
  machine.waiter.ForCompletions(1);  // spun for
  look();
  machine.completions.Add(1);
  machine.waiter.ForCompletions(2);  // there already
  look();
  const int64_t now_ns = machine.clock.NowNs();
  machine.clock.At(now_ns + 10 * kUs, look);
  machine.clock.At(now_ns + kMs, look);  // asleep
  machine.CompleteAt(now_ns + 2 * kMs);
  machine.waiter.ForCompletions(3);
  look();
  constexpr uint64_t kNever = mlperf::track::CompletionCounter::kNever;
  CHECK_EQ(awaited, (std::vector<uint64_t>{1, 1, kNever, 3, kNever, kNever}));
}

TEST(what_takes_longer_is_slept_for_where_cores_are_taken) {
  Machine machine;
  machine.Ready(3);
  machine.clock.SetTick(kUs);
  machine.CompleteAt(kMs);
  CHECK(machine.waiter.ForCompletions(1) == Wait::kReached);
  CHECK_EQ(machine.clock.began.size(), 1u);
  CHECK(machine.clock.began[0] >= Waiter::kShortSpinNs);
  CHECK(machine.clock.began[0] < Waiter::kShortSpinNs + kSlackNs);
}

TEST(what_takes_longer_is_spun_for_while_a_core_is_free) {
  Machine machine;
  machine.clock.SetTick(kUs);
  machine.CompleteAt(Waiter::kLongSpinNs - kMs);
  CHECK(machine.waiter.ForCompletions(1) == Wait::kReached);
  CHECK(machine.clock.began.empty());

  Machine crowded;
  crowded.clock.SetTick(kUs);
  crowded.clock.At(3 * kMs, [&] { crowded.Ready(3); });
  crowded.CompleteAt(Waiter::kLongSpinNs - kMs);
  CHECK(crowded.waiter.ForCompletions(1) == Wait::kReached);
  CHECK_EQ(crowded.clock.began.size(), 1u);
  CHECK(crowded.clock.began[0] >= 3 * kMs);
  CHECK(crowded.clock.began[0] < 3 * kMs + Waiter::kLookForCoreNs + kSlackNs);
}

TEST(after_a_long_wait_the_next_spins_for_a_moment_until_one_is_short) {
  Machine machine;
  machine.clock.SetTick(kUs);
  const Times answers = {50 * kMs, 51 * kMs, 52 * kMs};
  Times waited;  // before the sleep
  for (const int64_t answer_ns : answers) {
    machine.CompleteAt(answer_ns);
    const int64_t begin_ns = machine.clock.NowNs();
    const size_t sleeps = machine.clock.began.size();
    CHECK(machine.waiter.ForCompletions(machine.completions.Count() + 1) == Wait::kReached);
    const bool slept = machine.clock.began.size() > sleeps;
    waited.push_back(slept ? machine.clock.began.back() - begin_ns : -1);
  }
  CHECK(waited[0] >= Waiter::kLongSpinNs);
  CHECK(waited[0] < Waiter::kLongSpinNs + Waiter::kLookForCoreNs + kSlackNs);
  CHECK(waited[1] >= Waiter::kShortSpinNs - kSlackNs);
  CHECK(waited[1] < Waiter::kShortSpinNs + kSlackNs);
  CHECK_EQ(waited[2], -1);  // the one before took 1 ms
}

TEST(with_one_processor_it_sleeps_at_once) {
  Machine machine(-1, 1);
  machine.clock.SetTick(kUs);
  machine.CompleteAt(kMs);
  CHECK(machine.waiter.ForCompletions(1) == Wait::kReached);
  CHECK_EQ(machine.clock.began.size(), 1u);
  CHECK(machine.clock.began[0] < kSlackNs);
}

TEST(spinning_for_completions_can_be_ended) {
  Machine machine;
  machine.clock.SetTick(kUs);
  machine.clock.At(kMs, [&] { machine.completions.Wake(); });
  machine.clock.At(2 * kMs, [&] { machine.completions.Interrupt(); });
  CHECK(machine.waiter.ForCompletions(1) == Wait::kInterrupted);
  CHECK_EQ(machine.polls, 1);
  CHECK(machine.clock.NowNs() >= 2 * kMs);
  CHECK(machine.clock.NowNs() < 2 * kMs + kSlackNs);
}

TEST(patience_ends) {
  Machine machine;
  machine.clock.SetTick(kUs);
  CHECK(machine.waiter.ForCompletions(1) == Wait::kTimedOut);
  CHECK(machine.clock.NowNs() >= kSecond);
  CHECK(machine.clock.NowNs() < kSecond + kSlackNs);
}
