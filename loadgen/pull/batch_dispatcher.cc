#include "pull/batch_dispatcher.h"

#include <algorithm>
#include <chrono>
#include <thread>

#include "base/parking.h"

namespace mlperf::pull {
namespace {

// Waking a thread takes some 30 us, and costs the issuing thread time; a query that comes while the
// consumer still spins needs no wake-up.
constexpr int64_t kSpinNs = 10'000;

int64_t Later(int64_t now_ns, int64_t by_ns) {
  return by_ns < SampleQueue::kForEver - now_ns ? now_ns + by_ns : SampleQueue::kForEver;
}

// A lock for sections so short that waiting awake is cheaper than sleeping.
class SpinLock {
 public:
  explicit SpinLock(std::atomic<bool>& taken) : taken_(taken) {
    constexpr int kSpins = 100;
    for (int spins = 0; taken_.exchange(true, std::memory_order_acquire); ++spins) {
      while (taken_.load(std::memory_order_relaxed) && ++spins < kSpins) base::CpuRelax();
      if (spins >= kSpins) std::this_thread::yield();  // the holder may have lost its core
    }
  }
  ~SpinLock() { taken_.store(false, std::memory_order_release); }
  SpinLock(const SpinLock&) = delete;
  SpinLock& operator=(const SpinLock&) = delete;

 private:
  std::atomic<bool>& taken_;
};

// An hour at most: kForEver would overflow when added to the time of day.
int64_t ClampSleep(int64_t now_ns, int64_t deadline_ns) {
  return std::min(deadline_ns - now_ns, int64_t{3'600'000'000'000});
}

}  // namespace

BatchDispatcher::BatchDispatcher(uint64_t tests_over, bool closed)
    : over_(tests_over), closed_(closed) {}

BatchDispatcher::Outcome BatchDispatcher::Take(uint64_t test, const BatchRequest& request,
                                               SampleBatch* batch) {
  const int64_t deadline_ns = Later(clock_.NowNs(), request.timeout_ns);
  std::unique_lock lock(mutex_);
  while ((occupied_ || ending_) && !Over(test)) {
    const int64_t now_ns = clock_.NowNs();
    if (now_ns >= deadline_ns) return Outcome::kTimedOut;
    free_.wait_for(lock, std::chrono::nanoseconds(ClampSleep(now_ns, deadline_ns)));
  }
  if (Over(test)) {
    free_.notify_one();  // passes on the wake-up that this worker has no use for
    return Outcome::kOver;
  }
  occupied_ = true;
  lock.unlock();
  const Outcome outcome = TakeInTurn(test, request, deadline_ns, batch);
  lock.lock();
  occupied_ = false;
  lock.unlock();
  free_.notify_one();
  left_.notify_one();
  return outcome;
}

BatchDispatcher::Outcome BatchDispatcher::TakeInTurn(uint64_t test, const BatchRequest& request,
                                                     int64_t deadline_ns, SampleBatch* batch) {
  if (!WaitFor(1, test, deadline_ns)) return Over(test) ? Outcome::kOver : Outcome::kTimedOut;
  if (request.linger_ns > 0)
    WaitFor(request.max_batch, test, Later(clock_.NowNs(), request.linger_ns));
  if (Over(test)) return Outcome::kOver;
  const uint64_t waiting = Waiting();
  const uint64_t share = waiting / request.workers + (waiting % request.workers != 0 ? 1 : 0);
  Fill(std::min<uint64_t>(request.max_batch, share), batch);
  return Outcome::kTaken;
}

bool BatchDispatcher::WaitFor(uint64_t samples, uint64_t test, int64_t deadline_ns) {
  const auto enough = [&] {
    const uint64_t waiting = Waiting();
    return waiting >= samples || (waiting > 0 && flushed_.load());
  };
  int64_t spin_until_ns = 0;
  for (;;) {
    const uint32_t wakeups = wakeups_.load();
    if (Over(test)) return false;
    if (enough()) return true;
    const int64_t now_ns = clock_.NowNs();
    if (now_ns >= deadline_ns) return false;
    if (spin_until_ns == 0) spin_until_ns = now_ns + kSpinNs;
    if (now_ns < spin_until_ns) {
      base::CpuRelax();
      continue;
    }
    // See "Memory ordering" of the class.
    wanted_.store(taken_.load(std::memory_order_relaxed) + samples);
    if (!enough()) base::Park(wakeups_, wakeups, ClampSleep(now_ns, deadline_ns));
    wanted_.store(kNever);
  }
}

void BatchDispatcher::Fill(uint64_t samples, SampleBatch* batch) {
  samples_.Take(samples, batch);
  taken_.store(taken_.load(std::memory_order_relaxed) + samples, std::memory_order_relaxed);
}

bool BatchDispatcher::Over(uint64_t test) const {
  return over_.load() >= test || (closed_.load() && Waiting() == 0);
}

void BatchDispatcher::WakeConsumer() {
  wakeups_.fetch_add(1);
  base::Unpark(wakeups_);
}

void BatchDispatcher::Issue(const SampleSpan& samples) {
  if (ending_.load(std::memory_order_relaxed) || samples.size == 0) return;
  uint64_t issued = 0;
  {
    const SpinLock lock(issuing_);
    serving_.store(true, std::memory_order_relaxed);
    flushed_.store(false, std::memory_order_relaxed);
    samples_.Put(samples);
    issued = issued_.load(std::memory_order_relaxed) + samples.size;
    issued_.store(issued);
  }
  uint64_t wanted = wanted_.load();
  // Once each time the consumer falls asleep.
  if (issued >= wanted && wanted_.compare_exchange_strong(wanted, kNever)) WakeConsumer();
}

void BatchDispatcher::Flush() {
  flushed_.store(true);
  WakeConsumer();
}

bool BatchDispatcher::Fail() {
  {
    const std::lock_guard lock(mutex_);
    if (!serving_.load() || ending_.load()) return false;
    ending_.store(true);
    over_.store(over_.load() + 1);
  }
  WakeConsumer();
  free_.notify_all();
  return true;
}

void BatchDispatcher::Close() {
  {
    const std::lock_guard lock(mutex_);
    closed_.store(true);
  }
  WakeConsumer();
  free_.notify_all();
}

void BatchDispatcher::TestOver() {
  std::unique_lock lock(mutex_);
  if (!ending_.exchange(true)) over_.store(over_.load() + 1);
  WakeConsumer();
  free_.notify_all();
  left_.wait(lock, [this] { return !occupied_; });
  SampleBatch rest;  // dropped
  while (Waiting() > 0) {
    rest.Clear();
    Fill(std::min<uint64_t>(Waiting(), 1024), &rest);
  }
  serving_.store(false);
  ending_.store(false);
  lock.unlock();
  free_.notify_all();
}

}  // namespace mlperf::pull
