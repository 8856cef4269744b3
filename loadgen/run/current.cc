#include "run/current.h"

#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>

#include "base/clock.h"
#include "errors.h"
#include "run/copies.h"
#include "run/issue_threads.h"
#include "run/run.h"

#ifndef _WIN32
#include <pthread.h>
#endif

namespace mlperf::run {
namespace {

base::Door<Run> first_door;
std::atomic<base::Door<Run>*> door{&first_door};
std::atomic<Run*> running{nullptr};                      // the holder of the reservation
std::atomic<bool> ending{false};                         // no run is to begin any more
std::atomic<EndRequest> end_request{EndRequest::kNone};  // of `running`
std::atomic<std::exception_ptr*> end_error{nullptr};     // what comes with kFailed
std::atomic<bool> poll_request{false};                   // likewise

#ifndef _WIN32
// In the child, whose only thread is the one that forked. The old door stays as it is: visitors
// that this thread has inside will leave through it.
void ForgetParent() {
  if (Run* const run = running.exchange(nullptr)) run->Orphan();
  StopBeingTheOneThatRuns();
  door.store(new base::Door<Run>);
}

[[maybe_unused]] const int registered = pthread_atfork(nullptr, nullptr, &ForgetParent);
#endif

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
  end_request.store(EndRequest::kNone);
  TakeRequestedError();
  // After the reservation: either this thread sees `ending`, or EndRuns sees the run.
  if (ending.load()) {
    Release();
    throw StateError("no test can begin any more: the process is ending");
  }
}

Reservation::~Reservation() { Release(); }

base::Door<Run>& CurrentRun() { return *door.load(std::memory_order_acquire); }

void ReplaceCurrentRun() { door.store(new base::Door<Run>, std::memory_order_release); }

// In a forked child the reservation is no longer this run's.
void Reservation::Release() {
  Run* mine = &run_;
  if (running.load() == mine) StopBeingTheOneThatRuns();
  running.compare_exchange_strong(mine, nullptr);
}

bool RunUnderWay() { return running.load() != nullptr; }

void RequestEnd(EndRequest why) {
  if (running.load() == nullptr) return;
  EndRequest none = EndRequest::kNone;
  end_request.compare_exchange_strong(none, why);  // the first one counts
  const base::Door<Run>::Visit visit(CurrentRun(), std::try_to_lock);
  if (visit) visit->HeedEndRequest();
}

void RequestEnd(std::exception_ptr error) {
  if (running.load() == nullptr) return;
  auto* const mine = new std::exception_ptr(std::move(error));
  std::exception_ptr* none = nullptr;
  if (!end_error.compare_exchange_strong(none, mine)) delete mine;  // the first one counts
  RequestEnd(EndRequest::kFailed);
}

EndRequest RequestedEnd() { return end_request.load(); }

std::exception_ptr TakeRequestedError() {
  const std::unique_ptr<std::exception_ptr> error(end_error.exchange(nullptr));
  return error != nullptr ? *error : nullptr;
}

void RequestPoll() {
  poll_request.store(true);
  const base::Door<Run>::Visit visit(CurrentRun(), std::try_to_lock);
  if (visit) visit->HeedPollRequest();
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
