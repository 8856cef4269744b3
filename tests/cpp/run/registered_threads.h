// Tests whose queries are issued by several threads, which are registered to them.

#ifndef MLPERF_LOADGEN_TESTS_CPP_RUN_REGISTERED_THREADS_H_
#define MLPERF_LOADGEN_TESTS_CPP_RUN_REGISTERED_THREADS_H_

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/thread_id.h"
#include "check.h"
#include "fakes.h"
#include "mlperf_loadgen/embedding.h"
#include "rig.h"
#include "run/issue_threads.h"

namespace registered {

using namespace mlperf;

// One call of IssueQuery.
struct Call {
  int64_t thread = 0;
  std::vector<uint64_t> places;
  std::vector<QuerySampleIndex> indices;
};

// Notes each call, on any thread, and completes its samples.
class NotingSut : public SystemUnderTest {
 public:
  std::function<void(const fakes::Samples&)> before = [](const fakes::Samples&) {};
  std::function<void()> flush = [] {};

  const std::string& Name() override { return name_; }
  void IssueQuery(const std::vector<QuerySample>& samples) override {
    Call call;
    call.thread = base::ThreadId();
    for (const QuerySample& sample : samples) {
      call.places.push_back(track::PlaceOf(sample.id));
      call.indices.push_back(sample.index);
    }
    {
      const std::lock_guard lock(mutex_);
      calls_.push_back(std::move(call));
    }
    before(samples);
    for (const QuerySample& sample : samples) rig::Rig::Complete(sample.id);
  }
  void FlushQueries() override {
    ++flushes;
    flush_thread = base::ThreadId();
    flush();
  }

  std::vector<Call> TakeCalls() {
    const std::lock_guard lock(mutex_);
    return std::exchange(calls_, {});
  }

  int flushes = 0;
  int64_t flush_thread = 0;

 private:
  const std::string name_ = "noting SUT";
  std::mutex mutex_;
  std::vector<Call> calls_;
};

inline void WaitFor(const std::function<bool()>& condition) {
  while (!condition()) std::this_thread::yield();
}

// Threads that are registered, each once, before the constructor returns, in the order of their
// numbers.
class RegisteredThreads {
 public:
  explicit RegisteredThreads(size_t count) {
    const uint32_t before = run::RegisteredIssueThreads();
    for (uint32_t k = 0; k < count; ++k) {
      ids_.push_back(0);
      std::atomic<int64_t> id{0};
      threads_.emplace_back([this, &id] {
        id = base::ThreadId();
        RegisterIssueQueryThread();
        ++returned_;
      });
      WaitFor([&] { return run::RegisteredIssueThreads() == before + k + 1; });
      ids_.back() = id;
    }
  }
  ~RegisteredThreads() {
    for (std::thread& thread : threads_) thread.join();
  }
  RegisteredThreads(const RegisteredThreads&) = delete;
  RegisteredThreads& operator=(const RegisteredThreads&) = delete;

  int64_t id(size_t k) const { return ids_.at(k); }
  size_t returned() const { return returned_; }

 private:
  std::vector<int64_t> ids_;
  std::atomic<size_t> returned_{0};
  std::vector<std::thread> threads_;
};

// A test on the machine's clock, so dense that nobody ever waits for a due time.
struct Bench {
  explicit Bench(uint64_t threads, TestMode mode = TestMode::PerformanceOnly) {
    settings.scenario = TestScenario::Server;
    settings.mode = mode;
    settings.server_target_qps = 1e8;
    settings.server_target_latency_ns = 10 * fakes::kSecond;
    settings.min_duration_ms = 0;
    settings.min_query_count = 500;
    settings.server_num_issue_query_threads = threads;
  }
  Report Run() {
    failure = nullptr;
    return RunTest(&sut, &qsl, settings, folder.Logs(), "", {}, &failure);
  }
  std::string Failure() const {
    try {
      if (failure != nullptr) std::rethrow_exception(failure);
    } catch (const std::exception& error) {
      return error.what();
    }
    return {};
  }
  std::vector<rig::Entry> Detail() const {
    return rig::ReadDetail(folder / "mlperf_log_detail.txt");
  }
  // Errors of the detail log that hold `part`.
  size_t Errors(const std::string& part) const {
    const auto entries = Detail();
    return static_cast<size_t>(std::count_if(entries.begin(), entries.end(), [&](const auto& e) {
      return e.is_error && e.value.find(part) != std::string::npos;
    }));
  }

  const fakes::Folder folder;
  NotingSut sut;
  fakes::FakeQsl qsl;
  TestSettings settings;
  std::exception_ptr failure;
};

// The library index of each query, by its place.
inline std::map<uint64_t, QuerySampleIndex> ByPlace(const std::vector<Call>& calls) {
  std::map<uint64_t, QuerySampleIndex> indices;
  for (const Call& call : calls) {
    for (size_t i = 0; i < call.places.size(); ++i) {
      CHECK(indices.emplace(call.places[i], call.indices[i]).second);
    }
  }
  return indices;
}

// That thread k issued the queries k, k + n ..., in this order.
inline void CheckShares(const std::vector<Call>& calls, const RegisteredThreads& registered,
                        size_t n) {
  for (size_t k = 0; k < n; ++k) {
    uint64_t next = k;
    for (const Call& call : calls) {
      if (call.thread != registered.id(k)) continue;
      for (const uint64_t place : call.places) {
        CHECK_EQ(place, next);
        next += n;
      }
    }
  }
}

}  // namespace registered

#endif  // MLPERF_LOADGEN_TESTS_CPP_RUN_REGISTERED_THREADS_H_
