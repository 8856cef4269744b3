// What the halves of base/ for systems other than Linux do, which this program is linked with.

#include <atomic>
#include <cstdint>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "base/pages.h"
#include "base/parking.h"
#include "base/readable.h"
#include "base/spare_core.h"
#include "base/thread_id.h"
#include "check.h"
#include "fakes.h"

using namespace mlperf::base;

TEST(threads_are_counted) {
  const int64_t mine = ThreadId();
  CHECK_EQ(ThreadId(), mine);
  for (int64_t k = 1; k <= 3; ++k) {
    int64_t other = 0;
    std::thread([&] { other = ThreadId(); }).join();
    CHECK_EQ(other, mine + k);
  }
}

TEST(memory_is_left_as_it_is) {
  std::vector<char> memory(1U << 20U, 'a');
  PrefaultPages(memory.data(), memory.size());
  ReleasePages(memory.data(), memory.size());
  CHECK(memory == std::vector<char>(1U << 20U, 'a'));
}

TEST(every_address_is_taken_for_readable) {
  CHECK(IsReadable(reinterpret_cast<const void*>(uintptr_t{1}), 1));
}

TEST(no_core_is_known_to_be_spare) {
  const fakes::Folder folder;
  const std::string idle = folder / "loadavg";
  std::ofstream(idle) << "0.00 0.00 0.00 1/100 1000\n";
  CHECK(!SpareCore().IsFree());
  CHECK(!SpareCore(64, idle).IsFree());
  CHECK(SpareCore(1, idle).Alone());
}

TEST(a_parked_thread_wakes) {
  constexpr int64_t kLongNs = 60'000'000'000;
  std::atomic<uint32_t> word{0};
  std::thread parked([&] { Park(word, 0, kLongNs); });
  word.store(1);
  Unpark(word);
  parked.join();
  Park(word, 0, kLongNs);  // another value: returns at once
  Park(word, 1, 1'000'000);
}
