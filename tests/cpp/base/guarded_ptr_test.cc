#include "base/guarded_ptr.h"

#include <atomic>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "check.h"

using mlperf::base::GuardedPtr;

namespace {

struct Room {
  std::atomic<int> value{1};
};

}  // namespace

TEST(nobody_is_in) {
  GuardedPtr<Room> pointer;
  const GuardedPtr<Room>::Access access(pointer);
  CHECK(!access);
}

TEST(one_object_at_a_time) {
  GuardedPtr<Room> pointer;
  Room first, second;
  CHECK(pointer.Publish(&first));
  CHECK(!pointer.Publish(&second));
  {
    const GuardedPtr<Room>::Access access(pointer);
    CHECK(access.operator->() == &first);
  }
  pointer.Retire();
  CHECK(pointer.Publish(&second));
  const GuardedPtr<Room>::Access access(pointer);
  CHECK(&*access == &second);
}

TEST(close_waits_for_visitors) {
  for (int round = 0; round < 200; ++round) {
    GuardedPtr<Room> pointer;
    auto room = std::make_unique<Room>();
    pointer.Publish(room.get());
    std::atomic<int> inside{0};
    std::vector<std::thread> visitors;
    for (int i = 0; i < 3; ++i) {
      visitors.emplace_back([&] {
        const GuardedPtr<Room>::Access access(pointer);
        ++inside;
        // Destroying the object meanwhile is what the sanitizers would see.
        if (access) CHECK_EQ(access->value.load(), 1);
      });
    }
    while (inside == 0) std::this_thread::yield();
    pointer.Retire();
    room->value = 0;
    room.reset();
    for (std::thread& visitor : visitors) visitor.join();
  }
}

// The change is to a plain value, which visitors read while it is not being made.
TEST(exclude_lets_nobody_in) {
  struct Pair {
    int a = 0;
    int b = 0;
  };
  GuardedPtr<Pair> pointer;
  Pair pair;
  pointer.Publish(&pair);
  std::atomic<bool> stop{false};
  std::atomic<int> torn{0};
  std::vector<std::thread> visitors;
  for (int i = 0; i < 2; ++i) {
    visitors.emplace_back([&] {
      while (!stop) {
        const GuardedPtr<Pair>::Access access(pointer);
        if (access->a != access->b) ++torn;
      }
    });
  }
  for (int i = 1; i <= 300; ++i) {
    pointer.RunExclusively([&] {
      pair.a = i;
      std::this_thread::yield();
      pair.b = i;
    });
  }
  stop = true;
  for (std::thread& visitor : visitors) visitor.join();
  CHECK_EQ(torn.load(), 0);
  CHECK_EQ(GuardedPtr<Pair>::Access(pointer)->a, 300);
}

// A visitor that visits again while the owner waits for it would otherwise wait for the owner.
TEST(access_inside_a_visit_does_not_wait_for_the_owner) {
  GuardedPtr<Room> pointer;
  GuardedPtr<Room> other;
  Room room;
  pointer.Publish(&room);
  std::atomic<bool> inside{false};
  std::atomic<bool> owner_waits{false};
  std::thread visitor([&] {
    const GuardedPtr<Room>::Access outer(pointer);
    inside = true;
    while (!owner_waits) std::this_thread::yield();
    // The owner has said that it will wait; once it does, others are turned away.
    for (bool waits = false; !waits;) {
      std::thread([&] { waits = !GuardedPtr<Room>::Access(pointer, std::try_to_lock); }).join();
    }
    const GuardedPtr<Room>::Access elsewhere(other);
    CHECK(!elsewhere);
    const GuardedPtr<Room>::Access inner(pointer);
    CHECK(&*inner == &room);
    const GuardedPtr<Room>::Access innermost(pointer, std::try_to_lock);
    CHECK(&*innermost == &room);
  });
  while (!inside) std::this_thread::yield();
  owner_waits = true;
  bool changed = false;
  pointer.RunExclusively([&] { changed = true; });
  visitor.join();
  CHECK(changed);
}

TEST(after_a_visit_others_come_in) {
  GuardedPtr<Room> pointer;
  Room room;
  pointer.Publish(&room);
  {
    const GuardedPtr<Room>::Access outer(pointer);
    const GuardedPtr<Room>::Access inner(pointer);
  }
  pointer.Retire();  // would not return if a access were still counted
  CHECK(!GuardedPtr<Room>::Access(pointer, std::try_to_lock));
}

// Those who are inside keep the object; nobody else finds it, and the owner goes on.
TEST(the_owner_gives_up_on_a_visitor_who_stays) {
  GuardedPtr<Room> pointer;
  Room room;
  pointer.Publish(&room);
  std::atomic<bool> inside{false};
  std::atomic<bool> leave{false};
  std::thread visitor([&] {
    const GuardedPtr<Room>::Access access(pointer);
    inside = true;
    while (!leave) std::this_thread::yield();
    CHECK_EQ(access->value.load(), 1);
  });
  while (!inside) std::this_thread::yield();
  bool changed = false;
  int waits = 0;
  CHECK(!pointer.RunExclusively([&] { changed = true; }, [&] { return ++waits < 10; }));
  CHECK(!changed);
  CHECK_EQ(waits, 10);
  CHECK(!GuardedPtr<Room>::Access(pointer));
  leave = true;
  visitor.join();
}
