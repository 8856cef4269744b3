#include "base/door.h"

#include <atomic>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "check.h"

using mlperf::base::Door;

namespace {

struct Room {
  std::atomic<int> value{1};
};

}  // namespace

TEST(nobody_is_in) {
  Door<Room> door;
  const Door<Room>::Visit visit(door);
  CHECK(!visit);
}

TEST(one_object_at_a_time) {
  Door<Room> door;
  Room first, second;
  CHECK(door.Open(&first));
  CHECK(!door.Open(&second));
  {
    const Door<Room>::Visit visit(door);
    CHECK(visit.operator->() == &first);
  }
  door.Close();
  CHECK(door.Open(&second));
  const Door<Room>::Visit visit(door);
  CHECK(&*visit == &second);
}

TEST(close_waits_for_visitors) {
  for (int round = 0; round < 200; ++round) {
    Door<Room> door;
    auto room = std::make_unique<Room>();
    door.Open(room.get());
    std::atomic<int> inside{0};
    std::vector<std::thread> visitors;
    for (int i = 0; i < 3; ++i) {
      visitors.emplace_back([&] {
        const Door<Room>::Visit visit(door);
        ++inside;
        // Destroying the room meanwhile is what the sanitizers would see.
        if (visit) CHECK_EQ(visit->value.load(), 1);
      });
    }
    while (inside == 0) std::this_thread::yield();
    door.Close();
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
  Door<Pair> door;
  Pair pair;
  door.Open(&pair);
  std::atomic<bool> stop{false};
  std::atomic<int> torn{0};
  std::vector<std::thread> visitors;
  for (int i = 0; i < 2; ++i) {
    visitors.emplace_back([&] {
      while (!stop) {
        const Door<Pair>::Visit visit(door);
        if (visit->a != visit->b) ++torn;
      }
    });
  }
  for (int i = 1; i <= 300; ++i) {
    door.Exclude([&] {
      pair.a = i;
      std::this_thread::yield();
      pair.b = i;
    });
  }
  stop = true;
  for (std::thread& visitor : visitors) visitor.join();
  CHECK_EQ(torn.load(), 0);
  CHECK_EQ(Door<Pair>::Visit(door)->a, 300);
}

// A visitor that visits again while the owner waits for it would otherwise wait for the owner.
TEST(visit_inside_a_visit_does_not_wait_for_the_owner) {
  Door<Room> door;
  Door<Room> other;
  Room room;
  door.Open(&room);
  std::atomic<bool> inside{false};
  std::atomic<bool> owner_waits{false};
  std::thread visitor([&] {
    const Door<Room>::Visit outer(door);
    inside = true;
    while (!owner_waits) std::this_thread::yield();
    // The owner has said that it will wait; once it does, others are turned away.
    for (bool waits = false; !waits;) {
      std::thread([&] { waits = !Door<Room>::Visit(door, std::try_to_lock); }).join();
    }
    const Door<Room>::Visit elsewhere(other);
    CHECK(!elsewhere);
    const Door<Room>::Visit inner(door);
    CHECK(&*inner == &room);
    const Door<Room>::Visit innermost(door, std::try_to_lock);
    CHECK(&*innermost == &room);
  });
  while (!inside) std::this_thread::yield();
  owner_waits = true;
  bool changed = false;
  door.Exclude([&] { changed = true; });
  visitor.join();
  CHECK(changed);
}

TEST(after_a_visit_others_come_in) {
  Door<Room> door;
  Room room;
  door.Open(&room);
  {
    const Door<Room>::Visit outer(door);
    const Door<Room>::Visit inner(door);
  }
  door.Close();  // would not return if a visit were still counted
  CHECK(!Door<Room>::Visit(door, std::try_to_lock));
}

// Those who are inside keep the object; nobody else finds it, and the owner goes on.
TEST(the_owner_gives_up_on_a_visitor_who_stays) {
  Door<Room> door;
  Room room;
  door.Open(&room);
  std::atomic<bool> inside{false};
  std::atomic<bool> leave{false};
  std::thread visitor([&] {
    const Door<Room>::Visit visit(door);
    inside = true;
    while (!leave) std::this_thread::yield();
    CHECK_EQ(visit->value.load(), 1);
  });
  while (!inside) std::this_thread::yield();
  bool changed = false;
  int waits = 0;
  CHECK(!door.Exclude([&] { changed = true; }, [&] { return ++waits < 10; }));
  CHECK(!changed);
  CHECK_EQ(waits, 10);
  CHECK(!Door<Room>::Visit(door));
  leave = true;
  visitor.join();
}
