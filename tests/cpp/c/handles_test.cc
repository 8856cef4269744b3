// Handles in a child that is forked while other threads are at them.

#include "c/handles.h"

#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <memory>
#include <thread>
#include <vector>

#include "c/objects.h"
#include "check.h"
#include "fakes.h"

using namespace mlperf;

TEST(a_forked_child_can_make_and_destroy_them) {
  const auto sut = std::make_shared<fakes::FakeSut>();
  std::atomic<bool> done{false};
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i) {
    threads.emplace_back([&] {
      while (!done) c::Suts().Destroy(c::Suts().Add(sut));
    });
  }
  void* const kept = c::Suts().Add(sut);
  int good = 0;
  for (int i = 0; i < 100; ++i) {
    const pid_t child = fork();
    if (child == 0) {
      alarm(20);
      c::Suts().Destroy(kept);
      c::Suts().Destroy(c::Suts().Add(sut));
      _exit(0);
    }
    int status = -1;
    waitpid(child, &status, 0);
    good += static_cast<int>(status == 0);
    if (status != 0) break;
  }
  done = true;
  for (std::thread& thread : threads) thread.join();
  CHECK_EQ(good, 100);
  c::Suts().Destroy(kept);
}
