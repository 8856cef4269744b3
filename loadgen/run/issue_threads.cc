#include "run/issue_threads.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <utility>
#include <vector>

#include "base/parking.h"
#include "errors.h"
#include "run/current.h"
#include "run/run.h"

#ifndef _WIN32
#include <pthread.h>
#endif

namespace mlperf::run {
namespace {

constexpr std::chrono::milliseconds kPollInterval{50};
constexpr int64_t kPauseIntervalNs = 50'000'000;

// A thread that was lent; on its own stack, because it stays until it is released.
struct Lent {
  uint64_t number = 0;      // in the order of coming
  bool gathered = false;    // by the test that runs
  bool released = false;    // may go
  uint64_t called_for = 0;  // generation of the series it is to help issue; 0: none
};

struct Lobby {
  std::mutex mutex;  // all but `count`
  std::condition_variable changed;
  std::vector<Lent*> lent;         // in the order of coming
  std::atomic<uint32_t> count{0};  // of them; the gathering test sleeps on it
  bool closed = false;

  void Count() {
    count.store(static_cast<uint32_t>(lent.size()));
    base::Unpark(count);
  }

  // Those for which `which` holds go home.
  template <typename Which>
  void Release(Which which) {
    std::erase_if(lent, [&](Lent* thread) {
      thread->released = which(*thread);
      return thread->released;
    });
    Count();
    changed.notify_all();
  }
};

// Never destroyed: threads may wait in it when the process exits.
std::atomic<Lobby*>& Current() {
  static std::atomic<Lobby*> lobby{new Lobby};
  return lobby;
}

#ifndef _WIN32
// In the child. The old one stays as it is: threads of the parent may hold its lock.
void ForgetParent() { Current().store(new Lobby); }

[[maybe_unused]] const int registered = pthread_atfork(nullptr, nullptr, &ForgetParent);
#endif

bool NotGathered(const Lent& thread) { return !thread.gathered; }

class Lender {
 public:
  explicit Lender(const issue::Poll& poll) : lobby_(*Current().load()), poll_(poll) {}

  void Lend() {
    std::unique_lock lock(lobby_.mutex);
    if (lobby_.closed) return;
    lobby_.lent.push_back(&self_);
    lobby_.Count();
    for (;;) {
      const auto called = [this] { return self_.released || self_.called_for != 0; };
      if (!poll_) {
        lobby_.changed.wait(lock, called);
      } else if (!lobby_.changed.wait_for(lock, kPollInterval, called)) {
        Poll(lock);
      }
      if (self_.released) return;
      if (self_.called_for != 0) Work(lock);
    }
  }

 private:
  void Poll(std::unique_lock<std::mutex>& lock) {
    std::exception_ptr raised;
    lock.unlock();
    try {
      poll_();
    } catch (...) {
      raised = std::current_exception();
    }
    lock.lock();
    if (raised == nullptr || self_.released) return;
    if (self_.gathered) return RequestEnd(raised);  // and is released when the test is over
    std::erase(lobby_.lent, &self_);
    lobby_.Count();
    std::rethrow_exception(raised);
  }

  void Work(std::unique_lock<std::mutex>& lock) {
    const uint64_t generation = std::exchange(self_.called_for, 0);
    lock.unlock();
    {
      const base::Door<Run>::Visit visit(CurrentRun());
      if (visit) visit->IssueShare(generation, self_.number, poll_);
    }
    if (Current().load() != &lobby_) {
      throw StateError("the process was forked during a test; the test goes on in the parent only");
    }
    lock.lock();
  }

  Lobby& lobby_;
  const issue::Poll& poll_;
  Lent self_;
};

}  // namespace

void LendIssueThread(const issue::Poll& poll) { Lender(poll).Lend(); }

uint32_t LentIssueThreads() { return Current().load()->count.load(); }

void ReleaseIssueThreads() {
  Lobby& here = *Current().load();
  const std::lock_guard lock(here.mutex);
  here.Release(NotGathered);
}

void RefuseIssueThreads() {
  Lobby& here = *Current().load();
  const std::lock_guard lock(here.mutex);
  here.closed = true;
  here.Release(NotGathered);
}

IssueThreads::~IssueThreads() {
  Lobby& here = *Current().load();
  const std::lock_guard lock(here.mutex);
  here.Release([](const Lent&) { return true; });
}

uint32_t IssueThreads::Gather(uint32_t wanted, base::Clock& clock,
                              const std::function<void()>& pause) {
  Lobby& here = *Current().load();
  const int64_t give_up_ns = clock.NowNs() + kPatienceNs;
  for (uint32_t there = 0; (there = here.count.load()) < wanted;) {
    pause();
    const int64_t now_ns = clock.NowNs();
    if (now_ns >= give_up_ns) break;
    clock.SleepUntil(std::min(give_up_ns, now_ns + kPauseIntervalNs), here.count, there);
  }
  const std::lock_guard lock(here.mutex);
  const auto there = static_cast<uint32_t>(here.lent.size());
  if (there != wanted) return there;
  for (uint32_t k = 0; k < there; ++k) {
    here.lent[k]->number = k;
    here.lent[k]->gathered = true;
  }
  return there;
}

void IssueThreads::CallUp(uint64_t generation) {
  Lobby& here = *Current().load();
  const std::lock_guard lock(here.mutex);
  for (Lent* const thread : here.lent) {
    if (thread->gathered) thread->called_for = generation;
  }
  here.changed.notify_all();
}

}  // namespace mlperf::run
