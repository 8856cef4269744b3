// Two threads that meet at one spot of the completions' path, again and again: what a memory order
// or a missing wake-up would break. A round takes under a microsecond on two idle cores, so that
// the threads meet in most of them; on one core they hardly do, and the test says less. Nor does it
// see every order that is too weak: on x86 each exchange and addition is sequentially consistent
// whatever the source says, and a store followed by a load is late for some nanoseconds only.

#include <algorithm>
#include <atomic>
#include <mutex>
#include <thread>

#include "base/clock.h"
#include "base/guarded_ptr.h"
#include "check.h"
#include "track/completion_counter.h"
#include "track/slots.h"

using namespace mlperf;

namespace {

// Runs `first(round)` and `second(round)` at the same time on two threads, `rounds` times; then
// `after(round)` on one of them.
template <typename First, typename Second, typename After>
void Meet(uint64_t rounds, First first, Second second, After after) {
  std::atomic<uint64_t> arrived{0};
  const auto arrive = [&](uint64_t total) {
    arrived.fetch_add(1);
    for (uint64_t spin = 0; arrived.load() < total; ++spin) {
      if (spin > 2000) std::this_thread::yield();  // the other one is not running
    }
  };
  std::thread other([&] {
    for (uint64_t round = 0; round < rounds; ++round) {
      arrive(4 * round + 2);
      second(round);
      arrive(4 * round + 4);
    }
  });
  for (uint64_t round = 0; round < rounds; ++round) {
    arrive(4 * round + 2);
    first(round);
    arrive(4 * round + 4);
    after(round);
  }
  other.join();
}

}  // namespace

TEST(a_sample_is_completed_by_one_of_two) {
  constexpr uint64_t kRounds = 20000;
  track::Slots slots(1, kRounds, 1, true);
  bool won[2] = {};
  bool first_token[2] = {};
  uint64_t wrong = 0;
  const auto complete = [&](int who) {
    return [&, who](uint64_t sample) {
      first_token[who] = slots.FirstToken(sample, 1) == track::Fault::kNone;
      won[who] = slots.Complete(sample, 2);
    };
  };
  for (uint64_t query = 0; query < kRounds; ++query) slots.MarkIssued(query, 0);
  Meet(kRounds, complete(0), complete(1), [&](uint64_t) {
    wrong += won[0] == won[1];
    wrong += first_token[0] == first_token[1];
  });
  CHECK_EQ(wrong, 0u);
}

// An id that was guessed is refused, or the time of issue is seen.
TEST(a_sample_is_found_with_its_issue_time) {
  constexpr uint64_t kRounds = 20000;
  track::Slots slots(1, kRounds, 1, false);
  std::atomic<int64_t> start_ns{0};
  uint64_t wrong = 0;
  Meet(
      kRounds,
      [&](uint64_t query) {
        start_ns.store(static_cast<int64_t>(query) + 1, std::memory_order_relaxed);
        slots.MarkIssued(query, 77);
      },
      [&](uint64_t query) {
        if (slots.Find(slots.FirstId(query)).fault != track::Fault::kNone) return;
        wrong += start_ns.load(std::memory_order_relaxed) != static_cast<int64_t>(query) + 1;
        wrong += slots.IssuedAt(query) != 77;
      },
      [](uint64_t) {});
  CHECK_EQ(wrong, 0u);
}

// The moment of Add sweeps over the moments in which the waiter goes to sleep and sleeps. A
// lost wake-up would end in the deadline.
TEST(no_wake_up_is_lost) {
  constexpr uint64_t kRounds = 2000;
  constexpr int64_t kMinute = 60'000'000'000;
  base::SteadyClock clock;
  track::CompletionCounter completions;
  bool reached = false;
  uint64_t lost = 0;
  int64_t longest_ns = 0;
  Meet(
      kRounds,
      [&](uint64_t round) {
        const int64_t begin_ns = clock.NowNs();
        const int64_t deadline_ns = begin_ns + kMinute;
        do {
          reached = completions.Wait(round + 1, deadline_ns, clock);
        } while (!reached && clock.NowNs() < deadline_ns);
        longest_ns = std::max(longest_ns, clock.NowNs() - begin_ns);
      },
      [&](uint64_t round) {
        const int64_t until_ns = clock.NowNs() + static_cast<int64_t>(round % 1500) * 10;
        while (clock.NowNs() < until_ns) base::CpuRelax();
        completions.Add(1);
      },
      [&](uint64_t) { lost += !reached; });
  CHECK_EQ(lost, 0u);
  CHECK(longest_ns < kMinute);
}

// As a run that is cut short while a series begins: the one who cuts finds the series, or the one
// who begins it sees that it was cut.
TEST(a_cut_is_seen_from_one_side) {
  constexpr uint64_t kRounds = 20000;
  struct Room {
    std::atomic<uint64_t>* series = nullptr;  // changed while no one is inside
  };
  base::GuardedPtr<Room> pointer;
  Room room;
  pointer.Publish(&room);
  std::atomic<bool> cut{false};
  std::atomic<uint64_t> interrupts{0};
  uint64_t wrong = 0;
  Meet(
      kRounds,
      [&](uint64_t) {
        pointer.RunExclusively([&] { room.series = &interrupts; });
        if (cut) ++interrupts;
      },
      [&](uint64_t) {
        cut = true;
        const base::GuardedPtr<Room>::Access access(pointer, std::try_to_lock);
        if (access && access->series != nullptr) ++*access->series;
      },
      [&](uint64_t) {
        wrong += interrupts.exchange(0) == 0;
        cut = false;
        room.series = nullptr;
      });
  CHECK_EQ(wrong, 0u);
}

// Nobody is inside while the owner changes what is there, also when the visitor comes just then.
TEST(the_owner_is_alone) {
  constexpr uint64_t kRounds = 20000;
  struct Room {
    volatile uint64_t left = 0;  // not atomic: the pointer is all that keeps the threads apart
    volatile uint64_t right = 0;
  };
  base::GuardedPtr<Room> pointer;
  Room room;
  pointer.Publish(&room);
  uint64_t wrong = 0;
  Meet(
      kRounds,
      [&](uint64_t) {
        pointer.RunExclusively([&] {
          room.left = room.left + 1;
          for (int spin = 0; spin < 20; ++spin) base::CpuRelax();
          room.right = room.right + 1;
        });
      },
      [&](uint64_t) {
        const base::GuardedPtr<Room>::Access access(pointer);
        wrong += access->left != access->right;
      },
      [](uint64_t) {});
  CHECK_EQ(wrong, 0u);
  CHECK_EQ(room.left, kRounds);
}
