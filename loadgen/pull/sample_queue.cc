#include "mlperf_loadgen/sample_queue.h"

#include <memory>
#include <mutex>
#include <utility>

#include "base/process.h"
#include "mlperf_loadgen/errors.h"
#include "mlperf_loadgen/loadgen.h"
#include "pull/batch_dispatcher.h"

namespace mlperf {

// Lists all queues, so that a forked child can give each a new dispatcher: the old one may be in
// use by threads of the parent, in any state.
class QueuesOfProcess {
 public:
  static void Add(SampleQueue* queue) {
    const std::lock_guard lock(mutex_);
    queue->next_ = std::exchange(first_, queue);
  }

  static void Remove(SampleQueue* queue) {
    const std::lock_guard lock(mutex_);
    SampleQueue** link = &first_;
    while (*link != queue) link = &(*link)->next_;
    *link = queue->next_;
  }

 private:
  // Around a fork, so that the child finds the list whole. The old dispatchers are not freed.
  static void Lock() { mutex_.lock(); }
  static void Unlock() { mutex_.unlock(); }
  static void Renew() {
    for (SampleQueue* queue = first_; queue != nullptr; queue = queue->next_) {
      const pull::BatchDispatcher& old = *queue->dispatcher_.load();
      queue->dispatcher_.store(new pull::BatchDispatcher(old.tests_over(), old.closed()));
    }
    Unlock();
  }

  static inline std::mutex mutex_;
  static inline SampleQueue* first_ = nullptr;
  static inline const base::ForkHandler handler_{&Lock, &Unlock, &Renew};
};

namespace {

void CheckCount(const char* name, size_t value, size_t most) {
  if (value >= 1 && value <= most) return;
  throw SettingsError("Take: " + std::string(name) + " must be from 1 to " + std::to_string(most) +
                      ", not " + std::to_string(value));
}

}  // namespace

SampleQueue::SampleQueue(std::string name)
    : name_(std::move(name)), dispatcher_(new pull::BatchDispatcher(0, false)) {
  QueuesOfProcess::Add(this);
}

SampleQueue::~SampleQueue() {
  QueuesOfProcess::Remove(this);
  delete dispatcher_.load();
}

uint64_t SampleQueue::Test() const { return dispatcher_.load()->tests_over() + 1; }

SampleQueue::Outcome SampleQueue::Take(uint64_t test, const BatchRequest& request,
                                       SampleBatch* batch) {
  CheckCount("max_batch", request.max_batch, kMostSamples);
  CheckCount("workers", request.workers, kMostWorkers);
  batch->Clear();
  return dispatcher_.load()->Take(test, request, batch);
}

void SampleQueue::Fail(std::exception_ptr error) {
  if (dispatcher_.load()->Fail()) FailTest(std::move(error));
}

void SampleQueue::Close() { dispatcher_.load()->Close(); }

bool SampleQueue::Closed() const { return dispatcher_.load()->closed(); }

void SampleQueue::IssueSamples(const SampleSpan& samples) {
  pull::BatchDispatcher* const dispatcher = dispatcher_.load();
  if (dispatcher->closed()) {
    throw StateError("SampleQueue '" + name_ + "' is closed: nobody would take its samples");
  }
  dispatcher->Issue(samples);
}

void SampleQueue::FlushQueries() { dispatcher_.load()->Flush(); }

void SampleQueue::TestOver() noexcept { dispatcher_.load()->TestOver(); }

}  // namespace mlperf
