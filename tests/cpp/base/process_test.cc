#include "base/process.h"

#include <sys/wait.h>
#include <unistd.h>

#include <thread>

#include "check.h"

using mlperf::base::ForkHandler;
using mlperf::base::ThreadId;

namespace {

int before = 0;
int in_parent = 0;
int in_child = 0;

const ForkHandler count_each([] { ++before; }, [] { ++in_parent; }, [] { ++in_child; });
const ForkHandler count_child([] { ++in_child; });

}  // namespace

TEST(each_thread_has_its_own) {
  const int64_t mine = ThreadId();
  CHECK_EQ(ThreadId(), mine);
  int64_t other = mine;
  std::thread([&] { other = ThreadId(); }).join();
  CHECK(other != mine);
  CHECK(other > 0);
}

TEST(a_forked_process_has_another) {
  const int64_t mine = ThreadId();
  const pid_t child = fork();
  if (child == 0) _exit(ThreadId() == mine ? 1 : 0);
  int status = 0;
  CHECK_EQ(waitpid(child, &status, 0), child);
  CHECK_EQ(status, 0);
}

TEST(a_fork_calls_the_handlers_on_its_side_once) {
  const int forks = before;
  const int returns = in_parent;
  const pid_t child = fork();
  if (child == 0) {
    _exit(before == forks + 1 && in_parent == returns && in_child == 2 ? 0 : 1);
  }
  int status = 0;
  CHECK_EQ(waitpid(child, &status, 0), child);
  CHECK_EQ(status, 0);
  CHECK_EQ(before, forks + 1);
  CHECK_EQ(in_parent, returns + 1);
  CHECK_EQ(in_child, 0);
}
