#include "mlperf_loadgen/sample_queue.h"

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <ctime>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "check.h"
#include "fakes.h"
#include "mlperf_loadgen/loadgen.h"

using namespace mlperf;
using Outcome = SampleQueue::Outcome;
using BatchRequest = SampleQueue::BatchRequest;

namespace {

const std::vector<QuerySampleIndex> kIndices(100'000, 7);
const auto kOwner = std::make_shared<int>();

SampleSpan Query(ResponseId first_id, size_t size) {
  SampleSpan span;
  span.first_id = first_id;
  span.indices = kIndices.data();
  span.size = size;
  span.owner = kOwner;
  return span;
}

// One look at what is there.
BatchRequest Now(size_t max_batch, size_t workers = 1) {
  return {.max_batch = max_batch, .workers = workers, .timeout_ns = 0};
}

void CompleteBatch(const SampleBatch& batch) { CompleteSamples(batch.Responses()); }

// Threads that do `work(batch)` until the test is over that runs, or is next, when they are made.
class Workers {
 public:
  template <typename Work>
  Workers(SampleQueue& queue, int count, const BatchRequest& request, Work work) {
    for (int i = 0; i < count; ++i) {
      threads_.emplace_back([&queue, test = queue.Test(), request, work] {
        SampleBatch batch;
        while (queue.Take(test, request, &batch) == Outcome::kTaken) work(batch);
      });
    }
  }
  ~Workers() { Join(); }
  void Join() {
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
  }

 private:
  std::vector<std::thread> threads_;
};

TestSettings Quick(TestScenario scenario, uint64_t queries) {
  TestSettings settings;
  settings.scenario = scenario;
  settings.min_duration_ms = 0;
  settings.min_query_count = queries;
  settings.server_target_qps = 50'000;
  return settings;
}

LogSettings NoLogs() {
  LogSettings logs;
  logs.write_files = false;
  return logs;
}

}  // namespace

TEST(nothing_waits) {
  SampleQueue queue("mine");
  SampleBatch batch;
  CHECK_EQ(queue.Name(), "mine");
  CHECK(queue.Take(queue.Test(), Now(8), &batch) == Outcome::kTimedOut);
  const BatchRequest soon{.timeout_ns = 30'000};  // longer than it spins
  CHECK(queue.Take(queue.Test(), soon, &batch) == Outcome::kTimedOut);
  CHECK_EQ(batch.size(), 0u);
  CHECK_THROWS(queue.Take(1, Now(0), &batch), SettingsError, "max_batch");
  CHECK_THROWS(queue.Take(1, Now(1, 0), &batch), SettingsError, "workers");
  CHECK_THROWS(queue.Take(1, Now(SIZE_MAX), &batch), SettingsError,
               "max_batch must be from 1 to 4294967296, not 18446744073709551615");
  CHECK_THROWS(queue.Take(1, Now(1, SIZE_MAX), &batch), SettingsError,
               "workers must be from 1 to 65536, not 18446744073709551615");
}

TEST(a_batch_is_one_workers_share) {
  SampleQueue queue("");
  SampleBatch batch;
  queue.IssueSamples(Query(1, 9));
  std::vector<size_t> sizes;
  while (queue.Take(1, Now(32, 3), &batch) == Outcome::kTaken) sizes.push_back(batch.size());
  CHECK_EQ(sizes, (std::vector<size_t>{3, 2, 2, 1, 1}));
  queue.IssueSamples(Query(10, 9));
  CHECK(queue.Take(1, Now(2, 3), &batch) == Outcome::kTaken);
  CHECK_EQ(batch.size(), 2u);
}

TEST(over_is_over_for_everybody_and_the_next_test_begins_empty) {
  SampleQueue queue("");
  SampleBatch batch;
  const uint64_t first = queue.Test();
  queue.IssueSamples(Query(1, 3000));
  CHECK(queue.Take(first, Now(1), &batch) == Outcome::kTaken);
  queue.TestOver();
  for (int i = 0; i < 3; ++i) CHECK(queue.Take(first, Now(1), &batch) == Outcome::kOver);
  CHECK_EQ(batch.size(), 0u);
  const uint64_t second = queue.Test();
  CHECK(second != first);
  CHECK(queue.Take(second, Now(1), &batch) == Outcome::kTimedOut);
  queue.IssueSamples(Query(5000, 1));
  CHECK(queue.Take(first, Now(1), &batch) == Outcome::kOver);
  CHECK(queue.Take(second, Now(1), &batch) == Outcome::kTaken);
  CHECK_EQ(batch.id(0), 5000u);
}

TEST(closed_when_nothing_waits_any_more) {
  SampleQueue queue("");
  SampleBatch batch;
  queue.IssueSamples(Query(1, 3));
  queue.Close();
  queue.Close();
  CHECK(queue.Take(1, Now(2), &batch) == Outcome::kTaken);
  CHECK(queue.Take(1, Now(2), &batch) == Outcome::kTaken);
  CHECK_EQ(batch.size(), 1u);
  CHECK(queue.Take(1, {}, &batch) == Outcome::kOver);
  queue.TestOver();
  CHECK(queue.Take(queue.Test(), {}, &batch) == Outcome::kOver);
  CHECK_THROWS(queue.IssueSamples(Query(4, 1)), StateError, "is closed");
  fakes::FakeQsl qsl;
  CHECK_THROWS(RunTest(&queue, &qsl, Quick(TestScenario::Server, 20), NoLogs(), ""), StateError,
               "is closed: nobody would take its samples");
}

TEST(a_series_that_ends_is_not_waited_out) {
  SampleQueue queue("");
  SampleBatch batch;
  queue.IssueSamples(Query(1, 3));
  queue.FlushQueries();
  CHECK(queue.Take(1, {.max_batch = 8, .linger_ns = SampleQueue::kForEver}, &batch) ==
        Outcome::kTaken);
  CHECK_EQ(batch.size(), 3u);
}

TEST(after_a_series_that_ended_the_next_one_is_waited_for) {
  constexpr int64_t kLingerNs = 20 * fakes::kMs;
  base::SteadyClock clock;
  SampleQueue queue("");
  SampleBatch batch;
  queue.IssueSamples(Query(1, 3));
  queue.FlushQueries();
  CHECK(queue.Take(1, {.max_batch = 8}, &batch) == Outcome::kTaken);
  queue.IssueSamples(Query(4, 3));
  const int64_t begin_ns = clock.NowNs();
  CHECK(queue.Take(1, {.max_batch = 8, .linger_ns = kLingerNs}, &batch) == Outcome::kTaken);
  CHECK(clock.NowNs() - begin_ns >= kLingerNs);
}

TEST(a_worker_that_lingers_gets_a_full_batch) {
  SampleQueue queue("");
  std::atomic<uint64_t> batches{0};
  Workers workers(queue, 2, {.max_batch = 8, .linger_ns = SampleQueue::kForEver},
                  [&](const SampleBatch& batch) {
                    CHECK_EQ(batch.size(), 8u);
                    ++batches;
                  });
  for (ResponseId id = 1; id <= 80; ++id) {
    queue.IssueSamples(Query(id, 1));
    if (id % 3 == 0) std::this_thread::yield();
  }
  while (batches < 10) std::this_thread::yield();
  queue.TestOver();
}

TEST(a_worker_that_lingers_is_woken_where_a_series_ends) {
  base::SteadyClock clock;
  SampleQueue queue("");
  std::atomic<size_t> taken{0};
  Workers workers(queue, 1, {.max_batch = 8, .linger_ns = SampleQueue::kForEver},
                  [&](const SampleBatch& batch) { taken += batch.size(); });
  queue.IssueSamples(Query(1, 3));
  std::this_thread::sleep_for(std::chrono::milliseconds(10));  // it has yet to fall asleep
  queue.FlushQueries();
  const int64_t give_up_ns = clock.NowNs() + 5 * fakes::kSecond;
  while (taken == 0 && clock.NowNs() < give_up_ns) std::this_thread::yield();
  CHECK_EQ(taken.load(), 3u);
  queue.TestOver();
}

// The least of several, in this thread's processor time.
TEST(a_worker_that_waits_leaves_the_processor_to_others) {
  const auto used_ns = [] {
    timespec time{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return time.tv_sec * fakes::kSecond + time.tv_nsec;
  };
  SampleQueue queue("");
  SampleBatch batch;
  int64_t least_ns = fakes::kSecond;
  for (int i = 0; i < 5; ++i) {
    const int64_t begin_ns = used_ns();
    CHECK(queue.Take(1, {.timeout_ns = 20 * fakes::kMs}, &batch) == Outcome::kTimedOut);
    least_ns = std::min(least_ns, used_ns() - begin_ns);
  }
  CHECK(least_ns < 2 * fakes::kMs);
}

TEST(one_lingers_not_for_ever) {
  SampleQueue queue("");
  SampleBatch batch;
  queue.IssueSamples(Query(1, 3));
  CHECK(queue.Take(1, {.max_batch = 8, .linger_ns = 50'000}, &batch) == Outcome::kTaken);
  CHECK_EQ(batch.size(), 3u);
}

// Each holds its batch until all have one: nobody waits for a worker that is at work.
TEST(the_next_worker_is_called_up_as_one_leaves_with_its_batch) {
  constexpr int kWorkers = 3;
  base::SteadyClock clock;
  SampleQueue queue("");
  std::atomic<int> holding{0};
  std::atomic<int> alone{0};
  Workers workers(queue, kWorkers, {}, [&](const SampleBatch&) {
    const int all = (holding++ / kWorkers + 1) * kWorkers;  // of this round
    const int64_t give_up_ns = clock.NowNs() + 5 * fakes::kSecond;
    while (holding < all && clock.NowNs() < give_up_ns) std::this_thread::yield();
    if (clock.NowNs() >= give_up_ns) ++alone;
  });
  for (ResponseId round = 0; round < 5 && alone == 0; ++round) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));  // all stand in line
    for (ResponseId i = 1; i <= kWorkers; ++i) queue.IssueSamples(Query(kWorkers * round + i, 1));
    while (holding < static_cast<int>(kWorkers * (round + 1)) && alone == 0) {
      std::this_thread::yield();
    }
  }
  CHECK_EQ(alone.load(), 0);
  queue.TestOver();
}

// Many workers, queries of all sizes, tests that end while all wait, in the middle of the work, or
// by a worker: each sample is taken once, or dropped with its test.
TEST(every_sample_is_taken_once) {
  constexpr int kTests = 60;
  constexpr ResponseId kSamples = 3000;
  SampleQueue queue("");
  for (int test = 0; test < kTests; ++test) {
    std::vector<std::atomic<uint8_t>> taken(kSamples + 1);
    std::atomic<uint64_t> total{0};
    Workers workers(queue, 6, {.max_batch = 5, .workers = test % 2 == 0 ? 1u : 6u},
                    [&](const SampleBatch& batch) {
                      for (size_t i = 0; i < batch.size(); ++i) ++taken[batch.id(i)];
                      total += batch.size();
                      if (test % 3 == 1 && total > kSamples / 2) queue.Fail(nullptr);
                    });
    ResponseId id = 1;
    for (size_t size = 1; id <= kSamples; size = size * 7 % 41) {
      const size_t fits = std::min<size_t>(size, kSamples + 1 - id);
      queue.IssueSamples(Query(id, fits));
      id += fits;
      if (id % 5 == 0) std::this_thread::yield();
    }
    queue.FlushQueries();
    while (test % 3 == 0 && total < kSamples) std::this_thread::yield();
    queue.TestOver();
    workers.Join();
    if (test % 3 == 0) CHECK_EQ(total.load(), kSamples);
    CHECK_EQ(std::count_if(taken.begin(), taken.end(), [](const auto& n) { return n > 1; }), 0);
    SampleBatch rest;
    CHECK(queue.Take(queue.Test(), Now(1), &rest) == Outcome::kTimedOut);
  }
}

TEST(tests_in_a_row_with_workers_that_stay) {
  fakes::FakeQsl qsl;
  SampleQueue queue("pulled");
  std::atomic<uint64_t> completed{0};
  std::vector<std::thread> workers;
  for (int i = 0; i < 3; ++i) {
    workers.emplace_back([&] {
      SampleBatch batch;
      while (!queue.Closed()) {
        const uint64_t test = queue.Test();
        while (queue.Take(test, {.max_batch = 16}, &batch) == Outcome::kTaken) {
          CompleteBatch(batch);
          completed += batch.size();
        }
      }
    });
  }
  for (const TestScenario scenario : {TestScenario::SingleStream, TestScenario::MultiStream,
                                      TestScenario::Server, TestScenario::Offline}) {
    const Report report = RunTest(&queue, &qsl, Quick(scenario, 200), NoLogs(), "");
    CHECK(report.complete);
    CHECK_EQ(report.error_count, 0u);
    CHECK_EQ(report.sut_name, "pulled");
  }
  queue.Close();
  for (std::thread& worker : workers) worker.join();
  CHECK_EQ(completed.load(), 200u * (1 + 8 + 1 + 1));
}

TEST(what_a_worker_throws_comes_out_of_the_test) {
  fakes::FakeQsl qsl;
  SampleQueue queue("");
  for (const TestScenario scenario :
       {TestScenario::SingleStream, TestScenario::Server, TestScenario::Offline}) {
    std::atomic<int> batches{0};
    Workers workers(queue, 3, {.max_batch = 2}, [&](const SampleBatch& batch) {
      if (++batches == 3) {
        queue.Fail(std::make_exception_ptr(std::runtime_error("no room for the batch")));
      } else {
        CompleteBatch(batch);  // or the test ended before
      }
    });
    std::string failure;
    try {
      RunTest(&queue, &qsl, Quick(scenario, 2000), NoLogs(), "");
    } catch (const std::runtime_error& error) {
      failure = error.what();
    }
    workers.Join();
    CHECK_EQ(failure, "no room for the batch");
  }
}

TEST(a_failure_between_tests_is_none) {
  fakes::FakeQsl qsl;
  SampleQueue queue("");
  queue.Fail(std::make_exception_ptr(std::runtime_error("early")));
  FailTest(std::make_exception_ptr(std::runtime_error("early")));
  {
    Workers workers(queue, 1, {}, CompleteBatch);
    CHECK(RunTest(&queue, &qsl, Quick(TestScenario::Server, 50), NoLogs(), "").complete);
  }
  queue.Fail(std::make_exception_ptr(std::runtime_error("late")));
  Workers workers(queue, 1, {}, CompleteBatch);
  CHECK(RunTest(&queue, &qsl, Quick(TestScenario::Server, 50), NoLogs(), "").complete);
}

TEST(nobody_takes) {
  fakes::FakeQsl qsl;
  SampleQueue queue("");
  TestSettings settings = Quick(TestScenario::Offline, 50);
  settings.stall_timeout_ms = 50;
  CHECK_THROWS(RunTest(&queue, &qsl, settings, NoLogs(), ""), IncompleteError, "50 ms");
  SampleBatch batch;
  CHECK(queue.Take(1, {}, &batch) == Outcome::kOver);
  CHECK(queue.Take(2, Now(1), &batch) == Outcome::kTimedOut);
}

// Threads of the parent stand at the queue; in the child it is as new.
TEST(a_forked_child_has_a_queue_of_its_own) {
  SampleQueue queue("");
  queue.TestOver();
  Workers workers(queue, 3, {}, [](const SampleBatch&) {});
  SampleQueue closed("");
  closed.Close();
  for (int i = 0; i < 5; ++i) {
    const pid_t child = fork();
    if (child == 0) {
      SampleBatch batch;
      queue.IssueSamples(Query(1, 3));
      bool right = queue.Test() == 2;
      right &= queue.Take(2, Now(3), &batch) == Outcome::kTaken && batch.size() == 3;
      queue.TestOver();
      right &= queue.Take(2, {}, &batch) == Outcome::kOver;
      right &= closed.Closed() && closed.Take(1, {}, &batch) == Outcome::kOver;
      _exit(right ? 0 : 1);
    }
    int status = -1;
    waitpid(child, &status, 0);
    CHECK_EQ(status, 0);
  }
  queue.TestOver();
}
