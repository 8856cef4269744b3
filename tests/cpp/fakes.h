// Stand-ins for the machine, the system under test and the sample library: no test sleeps, and
// every time is known beforehand.

#ifndef MLPERF_LOADGEN_TESTS_CPP_FAKES_H_
#define MLPERF_LOADGEN_TESTS_CPP_FAKES_H_

#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "mlperf_loadgen/query_sample_library.h"
#include "mlperf_loadgen/system_under_test.h"
#include "mlperf_loadgen/test_settings.h"

namespace fakes {

constexpr int64_t kUs = 1'000;
constexpr int64_t kMs = 1'000'000;
constexpr int64_t kSecond = 1'000'000'000;

// Stands still until it is told to go on, or is slept on: then it jumps. Things to be done at some
// time (At) are done on the way there, on the thread that moves the clock; only one may.
class FakeClock final : public mlperf::base::Clock {
 public:
  // A look at the clock takes `tick`: makes time pass for someone who spins.
  void SetTick(int64_t tick_ns) { tick_ns_ = tick_ns; }

  int64_t NowNs() override {
    if (tick_ns_ != 0) Advance(tick_ns_);
    return now_ns_;
  }
  // For a test without other threads: to give way to those of other programs takes milliseconds.
  void SetAlone() { alone_ = true; }

  // Other threads get a chance to change the word first.
  void SleepUntil(int64_t deadline_ns, const std::atomic<uint32_t>& word,
                  uint32_t expected) override {
    if (!alone_) std::this_thread::yield();
    while (word == expected && !agenda_.empty() && agenda_.begin()->first <= deadline_ns) {
      GoTo(agenda_.begin()->first);
    }
    if (word == expected) GoTo(deadline_ns);
  }
  void SpinUntil(int64_t deadline_ns) override {
    if (deadline_ns > now_ns_) spun_ns_ += deadline_ns - now_ns_;
    GoTo(deadline_ns);
  }
  // How long the one who waits was awake for it.
  int64_t spun_ns() const { return spun_ns_; }

  void Advance(int64_t ns) { GoTo(now_ns_ + ns); }
  void At(int64_t time_ns, std::function<void()> what) {
    agenda_.emplace(time_ns, std::move(what));
  }
  // Goes on until all is done.
  void RunAgenda() {
    while (!agenda_.empty()) GoTo(agenda_.begin()->first);
  }

 private:
  void GoTo(int64_t time_ns) {
    while (!agenda_.empty() && agenda_.begin()->first <= time_ns) {
      const auto next = agenda_.extract(agenda_.begin());
      if (next.key() > now_ns_) now_ns_ = next.key();
      next.mapped()();
    }
    if (time_ns > now_ns_) now_ns_ = time_ns;
  }

  std::atomic<int64_t> now_ns_{kSecond};  // not 0, which some take for "not yet"
  std::atomic<int64_t> tick_ns_{0};
  bool alone_ = false;
  std::atomic<int64_t> spun_ns_{0};
  std::multimap<int64_t, std::function<void()>> agenda_;
};

using Samples = std::vector<mlperf::QuerySample>;

// Does what it is told.
class FakeSut : public mlperf::SystemUnderTest {
 public:
  std::function<void(const Samples&)> issue = [](const Samples&) {};
  std::function<void()> flush = [] {};
  std::function<void()> before_name = [] {};
  std::string name = "fake SUT";

  const std::string& Name() override {
    before_name();
    return name;
  }
  void IssueQuery(const Samples& samples) override { issue(samples); }
  void FlushQueries() override { flush(); }
};

class FakeQsl : public mlperf::QuerySampleLibrary {
 public:
  using Indices = std::vector<mlperf::QuerySampleIndex>;

  explicit FakeQsl(size_t total = 64, size_t performance = 64)
      : total_(total), performance_(performance) {}

  std::function<void()> before_load = [] {};
  std::function<void()> before_unload = [] {};
  std::vector<Indices> loaded;
  std::vector<Indices> unloaded;

  const std::string& Name() override { return name_; }
  size_t TotalSampleCount() override { return total_; }
  size_t PerformanceSampleCount() override { return performance_; }
  void LoadSamplesToRam(const Indices& samples) override {
    before_load();
    loaded.push_back(samples);
  }
  void UnloadSamplesFromRam(const Indices& samples) override {
    before_unload();
    unloaded.push_back(samples);
  }

 private:
  const std::string name_ = "fake QSL";
  const size_t total_;
  const size_t performance_;
};

// A folder of this test program, gone at the end.
class Folder {
 public:
  Folder() {
    static int count = 0;
    path_ = std::filesystem::temp_directory_path() /
            ("loadgen_test_" + std::to_string(getpid()) + "_" + std::to_string(count++));
    std::filesystem::create_directories(path_);
  }
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  std::string operator/(const std::string& name) const { return (path_ / name).string(); }

  mlperf::LogSettings Logs() const {
    mlperf::LogSettings settings;
    settings.log_output.outdir = path_.string();
    return settings;
  }

 private:
  std::filesystem::path path_;
};

inline std::string ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

inline std::vector<std::string> Lines(const std::string& text) {
  std::vector<std::string> lines;
  size_t begin = 0;
  for (size_t end = 0; (end = text.find('\n', begin)) != std::string::npos; begin = end + 1) {
    lines.push_back(text.substr(begin, end - begin));
  }
  if (begin != text.size()) lines.push_back(text.substr(begin));
  return lines;
}

}  // namespace fakes

#endif  // MLPERF_LOADGEN_TESTS_CPP_FAKES_H_
