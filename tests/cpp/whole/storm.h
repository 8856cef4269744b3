// A crowd of threads that complete what they are given: late, twice, never, with wrong ids, from
// inside one another's callbacks. It keeps books, so that every response can be accounted for.

#ifndef MLPERF_LOADGEN_TESTS_CPP_STORM_H_
#define MLPERF_LOADGEN_TESTS_CPP_STORM_H_

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <random>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "mlperf_loadgen/loadgen.h"

namespace storm {

// How often a thread misbehaves, one response or call in this many; 0 is never.
struct Manners {
  unsigned twice = 0;      // a response follows itself, or another thread gives it too
  unsigned garbage = 0;    // a response with an id that was not issued
  unsigned forgotten = 0;  // a sample is never completed
  unsigned throws = 0;     // the response callback throws
  unsigned nests = 0;      // the response callback completes other samples
  unsigned aborts = 0;     // the thread ends the test
  bool first_tokens = false;
};

// What the crowd did since it was last asked. `handled`: responses that a completion call took in;
// those of a call that was refused, and those behind a callback that threw, are not.
struct Books {
  uint64_t handled = 0;
  uint64_t first_tokens = 0;
  uint64_t thrown = 0;
  uint64_t refused_calls = 0;
};

class Crowd {
 public:
  Crowd(size_t threads, uint32_t seed) {
    for (size_t i = 0; i < threads; ++i) {
      threads_.emplace_back([this, i, seed] { Work(seed + static_cast<uint32_t>(i)); });
    }
  }
  ~Crowd() {
    {
      const std::lock_guard lock(mutex_);
      stop_ = true;
    }
    changed_.notify_all();
    for (std::thread& thread : threads_) thread.join();
  }
  Crowd(const Crowd&) = delete;
  Crowd& operator=(const Crowd&) = delete;

  void Behave(const Manners& manners) {
    const std::lock_guard lock(mutex_);
    manners_ = manners;
  }

  void Give(const std::vector<mlperf::QuerySample>& samples) {
    {
      const std::lock_guard lock(mutex_);
      for (const mlperf::QuerySample& sample : samples) work_.push_back(sample.id);
    }
    changed_.notify_all();
  }

  // Returns when nothing is left to do.
  void WaitUntilIdle() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return work_.empty() && busy_ == 0; });
  }

  Books TakeBooks() {
    const std::lock_guard lock(mutex_);
    return std::exchange(books_, {});
  }

 private:
  using Random = std::minstd_rand;
  using Responses = std::vector<mlperf::QuerySampleResponse>;

  struct Thrown : std::runtime_error {
    Thrown() : std::runtime_error("a callback threw") {}
  };

  static bool OneIn(unsigned n, Random& random) { return n != 0 && random() % n == 0; }

  void Work(uint32_t seed) {
    Random random(seed);
    for (;;) {
      Manners manners;
      {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return stop_ || !work_.empty(); });
        if (work_.empty()) return;
        ++busy_;
        manners = manners_;
      }
      Books books;
      Complete(manners, random, false, &books);
      {
        const std::lock_guard lock(mutex_);
        --busy_;
        Add(books);
      }
      changed_.notify_all();
    }
  }

  void Complete(const Manners& manners, Random& random, bool nested, Books* books) {
    Responses responses = Take(manners, random);
    if (responses.empty()) return;
    // Often not at all, so that two who have the same sample meet.
    auto spin = random() % 2 == 0 ? 0 : random() % 3000;
    for (; spin != 0; --spin) mlperf::base::CpuRelax();
    if (OneIn(manners.aborts, random)) mlperf::AbortTest();
    mlperf::ResponseCallback callback;
    if (!nested && (manners.throws != 0 || manners.nests != 0)) {
      callback = [&](mlperf::QuerySampleResponse*) {
        if (OneIn(manners.nests, random)) Complete(manners, random, true, books);
        if (OneIn(manners.throws, random)) throw Thrown();
      };
    }
    try {
      if (manners.first_tokens) {
        mlperf::checked::FirstTokenComplete(responses.data(), responses.size());
        books->first_tokens += responses.size();
      }
      mlperf::checked::QuerySamplesComplete(responses.data(), responses.size(), callback);
    } catch (const mlperf::StateError&) {
      ++books->refused_calls;
      return;
    } catch (const Thrown&) {
      ++books->thrown;
    }
    books->handled += responses.size();
  }

  // A few samples from either end of the queue, with what the manners make of them.
  Responses Take(const Manners& manners, Random& random) {
    Responses responses;
    const std::lock_guard lock(mutex_);
    for (size_t n = random() % 7 + 1; n != 0 && !work_.empty(); --n) {
      const bool front = random() % 2 == 0;
      const mlperf::ResponseId id = front ? work_.front() : work_.back();
      front ? work_.pop_front() : work_.pop_back();
      if (OneIn(manners.forgotten, random)) continue;
      responses.emplace_back(id, reinterpret_cast<uintptr_t>(&data_), sizeof data_, 4);
      if (OneIn(manners.twice, random)) {
        if (random() % 2 == 0) {
          responses.push_back(responses.back());
        } else {
          work_.push_front(id);
        }
      }
      if (OneIn(manners.garbage, random)) responses.emplace_back(random(), 0, 9);
    }
    return responses;
  }

  void Add(const Books& books) {
    books_.handled += books.handled;
    books_.first_tokens += books.first_tokens;
    books_.thrown += books.thrown;
    books_.refused_calls += books.refused_calls;
  }

  const uint64_t data_ = 0x0123456789ABCDEF;
  std::mutex mutex_;  // all below
  std::condition_variable changed_;
  Manners manners_;
  std::deque<mlperf::ResponseId> work_;
  size_t busy_ = 0;
  Books books_;
  bool stop_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace storm

#endif  // MLPERF_LOADGEN_TESTS_CPP_STORM_H_
