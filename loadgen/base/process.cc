#include "base/process.h"

#include <pthread.h>
#include <unistd.h>

#include <atomic>
#ifdef __linux__
#include <sys/syscall.h>
#endif

namespace mlperf::base {
namespace {

std::atomic<const ForkHandler*> handlers{nullptr};

thread_local int64_t thread_id = 0;  // 0: not asked for yet

int64_t AskForThreadId() {
#ifdef __APPLE__
  uint64_t id = 0;
  pthread_threadid_np(nullptr, &id);
  return static_cast<int64_t>(id);
#else
  return syscall(SYS_gettid);
#endif
}

// The only thread of a child has another number than the one that forked.
const ForkHandler forget_thread_id([] { thread_id = 0; });

}  // namespace

int64_t ThreadId() {
  if (thread_id == 0) thread_id = AskForThreadId();
  return thread_id;
}

int64_t ProcessId() { return getpid(); }

template <const ForkHandler::Callback ForkHandler::* callback>
void ForkHandler::CallAll() {
  for (const ForkHandler* handler = handlers.load(); handler != nullptr; handler = handler->next_) {
    if (handler->*callback != nullptr) (handler->*callback)();
  }
}

ForkHandler::ForkHandler(Callback before, Callback in_parent, Callback in_child) noexcept
    : before_(before), in_parent_(in_parent), in_child_(in_child), next_(handlers.load()) {
  [[maybe_unused]] static const int registered =
      pthread_atfork(&CallAll<&ForkHandler::before_>, &CallAll<&ForkHandler::in_parent_>,
                     &CallAll<&ForkHandler::in_child_>);
  while (!handlers.compare_exchange_weak(next_, this)) {
  }
}

}  // namespace mlperf::base
