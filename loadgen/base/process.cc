#include "base/process.h"

#include <pthread.h>
#include <unistd.h>

#include <atomic>

namespace mlperf::base {
namespace {

std::atomic<const ForkHandler*> handlers{nullptr};

}  // namespace

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
