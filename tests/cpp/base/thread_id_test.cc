#include "base/thread_id.h"

#include <sys/wait.h>
#include <unistd.h>

#include <thread>

#include "check.h"

using mlperf::base::ThreadId;

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
