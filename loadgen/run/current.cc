#include "run/current.h"

#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>

#include "base/clock.h"
#include "base/process.h"
#include "mlperf_loadgen/errors.h"
#include "run/copies.h"
#include "run/issue_threads.h"
#include "run/run.h"
#include "run/session.h"

namespace mlperf::run {
namespace {

base::GuardedPtr<Session> first_pointer;
std::atomic<base::GuardedPtr<Session>*> current{&first_pointer};
std::atomic<Run*> running{nullptr};                   // the holder of the reservation
std::atomic<bool> ending{false};                      // no run is to begin any more
std::atomic<uint64_t> last_test{0};                   // the number of the last reservation
std::atomic<uint64_t> end_request{0};                 // of `running`: see Asked
std::atomic<std::exception_ptr*> end_error{nullptr};  // what comes with kFailed
std::atomic<bool> poll_request{false};                // of `running`

// The number of a test, 0 for none, and what it was asked, in one word: what is meant for one test
// never comes to the next.
uint64_t Asked(uint64_t test, EndRequest why) { return test << 3 | static_cast<uint64_t>(why); }
uint64_t TestIn(uint64_t asked) { return asked >> 3; }
EndRequest RequestIn(uint64_t asked) { return static_cast<EndRequest>(asked & 7); }

// The first one counts.
bool Ask(uint64_t test, EndRequest why) {
  uint64_t none = Asked(test, EndRequest::kNone);
  return end_request.compare_exchange_strong(none, Asked(test, why));
}

// From here on it is the next test, or none, that may be asked. Waits while somebody puts down what
// failed, which is a store.
void BeginAsking(uint64_t next_test) {
  uint64_t asked = end_request.load();
  do {
    while (RequestIn(asked) == EndRequest::kFailing) asked = end_request.load();
  } while (!end_request.compare_exchange_weak(asked, Asked(next_test, EndRequest::kNone)));
}

void Heed() {
  const base::GuardedPtr<Session>::Access access(CurrentSession(), std::try_to_lock);
  if (access) access->ApplyEndRequest();
}

// In the child, whose only thread is the one that forked. The old pointer stays as it is: accesses
// of this thread end through it.
void ForgetParent() {
  if (Run* const run = running.exchange(nullptr)) run->OnFork();
  end_request.store(0);
  StopBeingTheOneThatRuns();
  current.store(new base::GuardedPtr<Session>);
}

const base::ForkHandler forget_parent(&ForgetParent);

[[noreturn]] void RefuseSecond() {
  throw StateError("a test is already running in this process; wait for it to end");
}

}  // namespace

Reservation::Reservation(Run& run) : run_(run) {
  Run* none = nullptr;
  if (!running.compare_exchange_strong(none, &run)) RefuseSecond();
  if (!BecomeTheOneThatRuns()) {
    Release();
    RefuseSecond();
  }
  BeginAsking(++last_test);
  TakeRequestedError();
  // After the reservation: either this thread sees `ending`, or EndRuns sees the run.
  if (ending.load()) {
    Release();
    throw StateError("no test can begin any more: the process is ending");
  }
}

Reservation::~Reservation() { Release(); }

base::GuardedPtr<Session>& CurrentSession() { return *current.load(std::memory_order_acquire); }

void ReplaceCurrentSession() {
  current.store(new base::GuardedPtr<Session>, std::memory_order_release);
}

// In a forked child the reservation is no longer this run's.
void Reservation::Release() {
  Run* mine = &run_;
  if (running.load() != mine) return;
  BeginAsking(0);
  StopBeingTheOneThatRuns();
  running.compare_exchange_strong(mine, nullptr);
}

bool RunUnderWay() { return running.load() != nullptr; }

uint64_t TestUnderWay() { return TestIn(end_request.load()); }

void RequestEnd(EndRequest why, uint64_t test) {
  if (test == 0) return;
  Ask(test, why);
  Heed();
}

void RequestEnd(std::exception_ptr error, uint64_t test) {
  if (test == 0) return;
  auto mine = std::make_unique<std::exception_ptr>(std::move(error));
  if (Ask(test, EndRequest::kFailing)) {
    mine.reset(end_error.exchange(mine.release()));
    end_request.store(Asked(test, EndRequest::kFailed));
  }
  Heed();
}

EndRequest RequestedEnd() { return RequestIn(end_request.load()); }

std::exception_ptr TakeRequestedError() {
  const std::unique_ptr<std::exception_ptr> error(end_error.exchange(nullptr));
  return error != nullptr ? *error : nullptr;
}

// Not waiting for the owner: a series that begins looks at the cause itself, one that ends needs no
// interrupt. And the owner may be waiting for a completing thread, which waits for this one.
void InterruptSeries() {
  const base::GuardedPtr<Session>::Access access(CurrentSession(), std::try_to_lock);
  if (access) access->Interrupt();
}

void RequestPoll() {
  poll_request.store(true);
  const base::GuardedPtr<Session>::Access access(CurrentSession(), std::try_to_lock);
  if (access) access->ApplyPollRequest();
}

bool TakePollRequest() { return poll_request.exchange(false); }

bool EndRuns(int64_t patience_ns) {
  ending.store(true);
  RefuseIssueThreads();
  base::SteadyClock clock;
  const int64_t give_up_ns = clock.NowNs() + patience_ns;
  while (running.load() != nullptr) {
    RequestEnd(EndRequest::kProcessEnds);  // again and again: a run may just have begun
    if (clock.NowNs() >= give_up_ns) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return true;
}

uint64_t NextGeneration() {
  static std::atomic<uint64_t> last{0};
  return ++last;
}

}  // namespace mlperf::run
