// What a test costs when the SUT does nothing:
//
//   null_sut <case> <count> [trace] [threads=N]
//
// Runs one test of `count` queries (Offline: samples) in the current folder, where its log files
// go, and prints a JSON object. Cases: single_stream, multi_stream (8 samples a query), server (far
// over capacity), offline; threads: Offline, N threads complete the samples, one a call; hand_over:
// SingleStream, another thread completes, spinning for work.
//
// issue_ns: from the first IssueQuery to FlushQueries, a query. generate_ns, generate_bytes: from
// the start to the first IssueQuery, a query. drain_s: from FlushQueries to the return.
// total_s, cpu_s: the whole call. peak_mib: of the process. hand_over_ns: from completion to the
// next IssueQuery, the median.

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <functional>
#include <limits>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "mlperf_loadgen/loadgen.h"

namespace {

using namespace mlperf;

int64_t NowNs() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

double CpuSeconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

// Of the process, in bytes; 0 where there is no /proc.
int64_t ResidentBytes() {
  std::ifstream statm("/proc/self/statm");
  int64_t size = 0;
  int64_t resident = 0;
  statm >> size >> resident;
  return resident * sysconf(_SC_PAGESIZE);
}

// Not getrusage's figure, which begins with that of the program that started this one.
double PeakMib() {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;) {
    double kib = 0;
    if (word == "VmHWM:" && status >> kib) return kib / 1024;
  }
  return 0;
}

// Times that a test passes through, and its memory at two of them.
struct Marks {
  int64_t start_ns = 0;
  int64_t first_ns = 0;  // entry of the first IssueQuery
  int64_t begun_ns = 0;  // the same, after the look at the memory
  int64_t flush_ns = 0;
  int64_t start_bytes = 0;
  int64_t first_bytes = 0;
};

class Library final : public QuerySampleLibrary {
 public:
  const std::string& Name() override { return name_; }
  size_t TotalSampleCount() override { return 1024; }
  size_t PerformanceSampleCount() override { return 1024; }
  void LoadSamplesToRam(const std::vector<QuerySampleIndex>&) override {}
  void UnloadSamplesFromRam(const std::vector<QuerySampleIndex>&) override {}

 private:
  const std::string name_ = "nothing";
};

class NullSut : public SystemUnderTest {
 public:
  explicit NullSut(Marks& marks) : marks_(marks) {}
  const std::string& Name() override { return name_; }
  void IssueQuery(const std::vector<QuerySample>& samples) override {
    if (marks_.first_ns == 0) Begin();
    Answer(samples);
  }
  void FlushQueries() override { marks_.flush_ns = NowNs(); }

 protected:
  virtual void Answer(const std::vector<QuerySample>& samples) {
    responses_.resize(samples.size());
    for (size_t i = 0; i < samples.size(); ++i) responses_[i].id = samples[i].id;
    QuerySamplesComplete(responses_.data(), responses_.size());
  }

 private:
  void Begin() {
    marks_.first_ns = NowNs();
    marks_.first_bytes = ResidentBytes();
    marks_.begun_ns = NowNs();
  }

  const std::string name_ = "nothing";
  Marks& marks_;
  std::vector<QuerySampleResponse> responses_;
};

// Each thread completes its part of the samples, one a call.
class ThreadsSut final : public NullSut {
 public:
  ThreadsSut(Marks& marks, size_t threads) : NullSut(marks), threads_(threads) {}

 private:
  void Answer(const std::vector<QuerySample>& samples) override {
    std::vector<std::thread> threads;
    for (size_t t = 0; t < threads_; ++t) {
      threads.emplace_back(
          [&, begin = samples.size() * t / threads_, end = samples.size() * (t + 1) / threads_] {
            for (size_t i = begin; i < end; ++i) {
              QuerySampleResponse response(samples[i].id, 0, 0);
              QuerySamplesComplete(&response, 1);
            }
          });
    }
    for (std::thread& thread : threads) thread.join();
  }

  const size_t threads_;
};

// Hands each sample to a thread that spins for it.
class HandOverSut final : public NullSut {
 public:
  HandOverSut(Marks& marks, uint64_t count) : NullSut(marks), completer_([this] { Work(); }) {
    gaps_ns_.reserve(count);
  }
  ~HandOverSut() override {
    given_ = kStop;
    completer_.join();
  }
  int64_t MedianGapNs() {
    if (gaps_ns_.empty()) return 0;
    const auto middle = gaps_ns_.begin() + static_cast<std::ptrdiff_t>(gaps_ns_.size() / 2);
    std::nth_element(gaps_ns_.begin(), middle, gaps_ns_.end());
    return *middle;
  }

 private:
  static constexpr ResponseId kStop = std::numeric_limits<ResponseId>::max();

  void Answer(const std::vector<QuerySample>& samples) override {
    const int64_t now_ns = NowNs();
    if (completed_ns_ != 0) gaps_ns_.push_back(now_ns - completed_ns_);
    given_ = samples[0].id;
  }
  void Work() {
    for (;;) {
      const ResponseId id = given_.exchange(0);
      if (id == kStop) return;
      if (id == 0) {
        std::this_thread::yield();
        continue;
      }
      QuerySampleResponse response(id, 0, 0);
      completed_ns_ = NowNs();
      QuerySamplesComplete(&response, 1);
    }
  }

  std::vector<int64_t> gaps_ns_;
  std::atomic<int64_t> completed_ns_{0};
  std::atomic<ResponseId> given_{0};
  std::thread completer_;
};

TestScenario Scenario(std::string_view name) {
  if (name == "multi_stream") return TestScenario::MultiStream;
  if (name == "server") return TestScenario::Server;
  if (name == "offline" || name == "threads") return TestScenario::Offline;
  return TestScenario::SingleStream;
}

// Runs the test; prints what it cost, and `more`.
void Measure(std::string_view name, uint64_t count, bool trace, NullSut& sut, Marks& marks,
             const std::function<std::string()>& more) {
  TestSettings settings;
  settings.scenario = Scenario(name);
  settings.min_duration_ms = 0;
  settings.min_query_count = count;
  settings.server_target_qps = 1e8;
  LogSettings logs;
  logs.enable_trace = trace;
  Library library;
  const double cpu_s = CpuSeconds();
  marks.start_bytes = ResidentBytes();
  marks.start_ns = NowNs();
  StartTest(&sut, &library, settings, logs);
  const int64_t end_ns = NowNs();
  const double queries = static_cast<double>(count);
  std::printf(
      "{\"issue_ns\": %.3f, \"generate_ns\": %.3f, \"generate_bytes\": %.3f, \"drain_s\": %.6f, "
      "\"total_s\": %.6f, \"cpu_s\": %.6f, \"peak_mib\": %.1f%s}\n",
      static_cast<double>(marks.flush_ns - marks.begun_ns) / queries,
      static_cast<double>(marks.first_ns - marks.start_ns) / queries,
      static_cast<double>(marks.first_bytes - marks.start_bytes) / queries,
      static_cast<double>(end_ns - marks.flush_ns) / 1e9,
      static_cast<double>(end_ns - marks.start_ns) / 1e9, CpuSeconds() - cpu_s, PeakMib(),
      more().c_str());
}

int Main(const std::vector<std::string>& arguments) {
  if (arguments.size() < 2) {
    std::fputs("usage: null_sut <case> <count> [trace] [threads=N]\n", stderr);
    return 2;
  }
  const std::string& name = arguments[0];
  const uint64_t count = std::strtoull(arguments[1].c_str(), nullptr, 10);
  bool trace = false;
  size_t threads = 1;
  for (const std::string& argument : arguments) {
    if (argument == "trace") trace = true;
    if (argument.starts_with("threads=")) threads = std::strtoull(&argument[8], nullptr, 10);
  }
  Marks marks;
  const auto nothing_more = [] { return std::string(); };
  if (name == "hand_over") {
    HandOverSut sut(marks, count);
    Measure(name, count, trace, sut, marks,
            [&] { return ", \"hand_over_ns\": " + std::to_string(sut.MedianGapNs()); });
  } else if (name == "threads") {
    ThreadsSut sut(marks, threads);
    Measure(name, count, trace, sut, marks, nothing_more);
  } else {
    NullSut sut(marks);
    Measure(name, count, trace, sut, marks, nothing_more);
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return Main({argv + 1, argv + argc});
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
