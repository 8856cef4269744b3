#include "base/process.h"

#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

using mlperf::base::ForkHandler;

namespace {

int before = 0;
int in_parent = 0;
int in_child = 0;

const ForkHandler count_each([] { ++before; }, [] { ++in_parent; }, [] { ++in_child; });
const ForkHandler count_child([] { ++in_child; });

}  // namespace

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
