#include "run/issue_threads.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <utility>
#include <vector>

#include "base/caught.h"
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

thread_local bool taking_part = false;  // this thread runs a test, or is lent

// Never destroyed: threads may wait in it when the process exits.
std::atomic<Lobby*>& Current() {
  static std::atomic<Lobby*> lobby{new Lobby};
  return lobby;
}

#ifndef _WIN32
// Makes it, so that no other thread is in the middle of its first use.
void BeforeFork() { Current(); }

// In the child. The old one stays as it is: threads of the parent may hold its lock.
void ForgetParent() {
  Current().store(new Lobby);
  taking_part = false;
}

[[maybe_unused]] const int registered = pthread_atfork(&BeforeFork, nullptr, &ForgetParent);
#endif

// A thread that waited to be called up by itself, or by a test that waits for it, would wait for
// ever.
void RequireFreeThread() {
  if (!taking_part && !base::Door<Run>::Visit::Inside(CurrentRun())) return;
  throw StateError(
      "RegisterIssueQueryThread: this thread has its part in a test already: it runs one, issues "
      "queries, or is inside a completion call. Call it on a thread of its own.");
}

bool NotGathered(const Lent& thread) { return !thread.gathered; }

class Lender {
 public:
  explicit Lender(const issue::Poll& poll) : lobby_(*Current().load()), poll_(poll) {
    RequireFreeThread();
    taking_part = true;
  }
  // Also where an exception, or the end of the thread, comes through. Not in a forked child.
  ~Lender() {
    taking_part = false;
    if (Current().load() != &lobby_) return;
    const std::lock_guard lock(lobby_.mutex);
    if (std::erase(lobby_.lent, &self_) != 0) lobby_.Count();
  }
  Lender(const Lender&) = delete;
  Lender& operator=(const Lender&) = delete;

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
    } catch (const base::ThreadEnds&) {
      lock.lock();
      Leave(std::make_exception_ptr(
          StateError("a callback ended a thread that was lent for issuing queries")));
      throw;
    } catch (...) {
      raised = base::Caught();
    }
    lock.lock();
    if (raised != nullptr && Leave(raised)) std::rethrow_exception(raised);
  }

  // With the lock. False where a test has counted on the thread, which it is then released by.
  bool Leave(const std::exception_ptr& why) {
    if (self_.released) return false;
    if (self_.gathered) {
      RequestEnd(why);
      return false;
    }
    std::erase(lobby_.lent, &self_);
    lobby_.Count();
    return true;
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

IssueThreads::IssueThreads() { taking_part = true; }

IssueThreads::~IssueThreads() {
  taking_part = false;
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
