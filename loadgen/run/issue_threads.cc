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
#include "base/process.h"
#include "mlperf_loadgen/errors.h"
#include "run/current.h"
#include "run/ending.h"
#include "run/session.h"

namespace mlperf::run {
namespace {

constexpr std::chrono::milliseconds kPollInterval{50};
constexpr int64_t kPauseIntervalNs = 50'000'000;

// A registered thread; on its own stack, because it stays until it is released.
struct RegisteredThread {
  uint64_t number = 0;      // in the order of coming
  bool claimed = false;     // by the test that runs
  bool released = false;    // may go
  uint64_t called_for = 0;  // generation of the series it is to help issue; 0: none
};

struct IssueThreadPool {
  std::mutex mutex;  // all but `count`
  std::condition_variable changed;
  std::vector<RegisteredThread*> threads;  // in the order of coming
  std::atomic<uint32_t> count{0};          // of them; the gathering test sleeps on it
  bool closed = false;

  void Count() {
    count.store(static_cast<uint32_t>(threads.size()));
    base::Unpark(count);
  }

  // Releases those for which `which` holds.
  template <typename Which>
  void Release(Which which) {
    std::erase_if(threads, [&](RegisteredThread* thread) {
      thread->released = which(*thread);
      return thread->released;
    });
    Count();
    changed.notify_all();
  }
};

thread_local bool taking_part = false;  // this thread runs a test, or is registered

// Never destroyed: threads may wait in it when the process exits.
std::atomic<IssueThreadPool*>& Current() {
  static std::atomic<IssueThreadPool*> pool{new IssueThreadPool};
  return pool;
}

// Makes it, so that no other thread is in the middle of its first use.
void BeforeFork() { Current(); }

void ForgetParent() {
  Current().store(new IssueThreadPool);
  taking_part = false;
}

const base::ForkHandler forget_parent(&BeforeFork, nullptr, &ForgetParent);

// A thread that waited for a series of its own, or of a test that waits for it, would wait for
// ever.
void RequireFreeThread() {
  if (!taking_part && !base::GuardedPtr<Session>::Access::HeldByThisThread(CurrentSession()))
    return;
  throw StateError(
      "RegisterIssueQueryThread: this thread already takes part in a test: it runs one, issues "
      "queries, or is inside a completion call. Call it on a separate thread.");
}

bool NotClaimed(const RegisteredThread& thread) { return !thread.claimed; }

class Registration {
 public:
  explicit Registration(const issue::Poll& poll) : pool_(*Current().load()), poll_(poll) {
    RequireFreeThread();
    taking_part = true;
  }
  // Also where an exception, or the end of the thread, comes through. Not in a forked child.
  ~Registration() {
    taking_part = false;
    if (Current().load() != &pool_) return;
    const std::lock_guard lock(pool_.mutex);
    if (std::erase(pool_.threads, &self_) != 0) pool_.Count();
  }
  Registration(const Registration&) = delete;
  Registration& operator=(const Registration&) = delete;

  void Serve() {
    std::unique_lock lock(pool_.mutex);
    if (pool_.closed) return;
    pool_.threads.push_back(&self_);
    pool_.Count();
    for (;;) {
      const auto called = [this] { return self_.released || self_.called_for != 0; };
      if (!poll_) {
        pool_.changed.wait(lock, called);
      } else if (!pool_.changed.wait_for(lock, kPollInterval, called)) {
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
          StateError("a callback ended a thread that was registered for issuing queries")));
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
    if (self_.claimed) {
      RequestEnd(why);
      return false;
    }
    std::erase(pool_.threads, &self_);
    pool_.Count();
    return true;
  }

  void Work(std::unique_lock<std::mutex>& lock) {
    const uint64_t generation = std::exchange(self_.called_for, 0);
    lock.unlock();
    {
      const base::GuardedPtr<Session>::Access access(CurrentSession());
      if (access) access->IssueShare(generation, self_.number, poll_);
    }
    if (Current().load() != &pool_) ThrowForked();
    lock.lock();
  }

  IssueThreadPool& pool_;
  const issue::Poll& poll_;
  RegisteredThread self_;
};

}  // namespace

void ServeAsIssueThread(const issue::Poll& poll) { Registration(poll).Serve(); }

uint32_t RegisteredIssueThreads() { return Current().load()->count.load(); }

void ReleaseIssueThreads() {
  if (RunUnderWay()) return;
  IssueThreadPool& here = *Current().load();
  const std::lock_guard lock(here.mutex);
  here.Release(NotClaimed);
}

void RefuseIssueThreads() {
  IssueThreadPool& here = *Current().load();
  const std::lock_guard lock(here.mutex);
  here.closed = true;
  here.Release(NotClaimed);
}

IssueThreads::IssueThreads() { taking_part = true; }

IssueThreads::~IssueThreads() {
  taking_part = false;
  IssueThreadPool& here = *Current().load();
  const std::lock_guard lock(here.mutex);
  here.Release([](const RegisteredThread&) { return true; });
}

uint32_t IssueThreads::Await(uint32_t wanted, base::Clock& clock,
                             const std::function<void()>& pause) {
  IssueThreadPool& here = *Current().load();
  const int64_t give_up_ns = clock.NowNs() + kPatienceNs;
  for (uint32_t there = 0; (there = here.count.load()) < wanted;) {
    pause();
    const int64_t now_ns = clock.NowNs();
    if (now_ns >= give_up_ns) break;
    clock.SleepUntil(std::min(give_up_ns, now_ns + kPauseIntervalNs), here.count, there);
  }
  const std::lock_guard lock(here.mutex);
  const auto there = static_cast<uint32_t>(here.threads.size());
  if (there != wanted) return there;
  for (uint32_t k = 0; k < there; ++k) {
    here.threads[k]->number = k;
    here.threads[k]->claimed = true;
  }
  return there;
}

void IssueThreads::StartSeries(uint64_t generation) {
  IssueThreadPool& here = *Current().load();
  const std::lock_guard lock(here.mutex);
  for (RegisteredThread* const thread : here.threads) {
    if (thread->claimed) thread->called_for = generation;
  }
  here.changed.notify_all();
}

}  // namespace mlperf::run
