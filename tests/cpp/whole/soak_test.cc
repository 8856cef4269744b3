// Short tests of every kind, many in one process: what each leaves behind would add up.
//
// MLPERF_LOADGEN_SOAK_TESTS: how many (1500).

#include <dirent.h>
#include <malloc.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <stdexcept>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "check.h"
#include "fakes.h"
#include "mlperf_loadgen/embedding.h"

using namespace mlperf;
using fakes::Samples;

namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kSanitized = true;  // keeps freed memory for a while, and does not count it
#else
constexpr bool kSanitized = false;
#endif

int64_t Entries(const char* folder) {
  int64_t count = 0;
  DIR* const open = opendir(folder);
  while (readdir(open) != nullptr) ++count;
  closedir(open);
  return count;
}

struct Footprint {
  int64_t resident_bytes = 0;
  int64_t allocated_bytes = 0;
  int64_t files = 0;
  int64_t threads = 0;
};

Footprint Measure() {
  Footprint now;
  int64_t pages = 0;
  std::ifstream("/proc/self/statm") >> pages >> pages;
  now.resident_bytes = pages * sysconf(_SC_PAGESIZE);
  const struct mallinfo2 heap = mallinfo2();
  now.allocated_bytes = static_cast<int64_t>(heap.uordblks + heap.hblkhd);
  now.files = Entries("/proc/self/fd") - 3;      // ., .. and the folder itself
  now.threads = Entries("/proc/self/task") - 2;  // . and ..
  return now;
}

void CompleteAll(const Samples& samples) {
  const uint64_t data = 42;
  std::vector<QuerySampleResponse> responses;
  for (const QuerySample& sample : samples) {
    responses.emplace_back(sample.id, reinterpret_cast<uintptr_t>(&data), sizeof data, 4);
  }
  FirstTokenComplete(responses.data(), responses.size());
  QuerySamplesComplete(responses.data(), responses.size());
}

// What a SUT does in one kind of test. Each runs in every scenario and mode.
enum class Kind {
  kWell,
  kFromAThread,
  kFaulty,
  kThrows,
  kCallbackThrows,
  kForgets,
  kAborts,
  kRefused,
  kCount
};

void Issue(Kind kind, const Samples& samples) {
  switch (kind) {
    case Kind::kFromAThread: std::thread([&] { CompleteAll(samples); }).join(); break;
    case Kind::kFaulty: {
      CompleteAll(samples);
      CompleteAll(samples);
      QuerySampleResponse garbage(12345, 0, 8);
      QuerySamplesComplete(&garbage, 1);
      break;
    }
    case Kind::kThrows: throw std::runtime_error("issue");
    case Kind::kCallbackThrows: {
      QuerySampleResponse response(samples.front().id, 0, 0);
      checked::QuerySamplesComplete(&response, 1,
                                    [](auto*) { throw std::runtime_error("callback"); });
      CompleteAll(samples);  // where no callback was called
      break;
    }
    case Kind::kForgets: break;
    case Kind::kAborts:
      CompleteAll(samples);
      AbortTest();
      break;
    default: CompleteAll(samples);
  }
}

void RunOne(uint64_t number, const LogSettings& folder_logs) {
  constexpr auto kKinds = static_cast<uint64_t>(Kind::kCount);
  const auto kind = static_cast<Kind>(number % kKinds);
  TestSettings settings;
  settings.scenario = static_cast<TestScenario>(number / kKinds % 5);
  settings.mode = static_cast<TestMode>(number / kKinds / 5 % 3);
  settings.min_duration_ms = 0;
  settings.min_query_count = 20;
  settings.server_target_qps = 50000;
  settings.multi_stream_interval_target_qps = 50000;
  settings.accuracy_log_probability = 0.5;
  settings.drain_timeout_ms = 1;
  settings.use_token_latencies = number / kKinds / 15 % 2 == 0;
  if (kind == Kind::kRefused) settings.min_query_count = 0;
  LogSettings logs = folder_logs;
  logs.enable_trace = number % 2 == 0;
  logs.write_files = number % 5 != 0;

  fakes::FakeSut sut;
  fakes::FakeQsl qsl(48, 16);
  sut.issue = [&](const Samples& samples) { Issue(kind, samples); };
  std::exception_ptr failure;
  try {
    const Report report = RunTest(&sut, &qsl, settings, logs, "", {}, &failure);
    const bool ends_early =
        kind == Kind::kThrows || kind == Kind::kForgets || kind == Kind::kAborts;
    if (kind == Kind::kWell) CHECK_EQ(report.error_count, 0u);
    if (kind != Kind::kCallbackThrows) CHECK_EQ(report.complete, !ends_early);
  } catch (const SettingsError&) {
    CHECK(kind == Kind::kRefused);
  }
}

double MiB(int64_t bytes) { return static_cast<double>(bytes) / (1 << 20); }

}  // namespace

TEST(nothing_adds_up) {
  const char* const given = std::getenv("MLPERF_LOADGEN_SOAK_TESTS");
  const uint64_t tests = given != nullptr ? std::strtoull(given, nullptr, 10) : 1500;
  const fakes::Folder folder;
  Footprint early, middle;
  base::SteadyClock clock;
  std::vector<int64_t> took_ns;
  for (uint64_t i = 0; i < tests; ++i) {
    if (i == tests / 10) early = Measure();
    if (i == tests / 2) middle = Measure();
    const int64_t begin_ns = clock.NowNs();
    RunOne(i, folder.Logs());
    took_ns.push_back(clock.NowNs() - begin_ns);
  }
  const Footprint last = Measure();
  std::printf(
      "%llu tests: RSS %.1f MiB at 10 %%, %.1f at 50 %%, %.1f at the end; allocated %.3f, %.3f, "
      "%.3f MiB; %lld, %lld, %lld files; %lld, %lld, %lld threads\n",
      static_cast<unsigned long long>(tests), MiB(early.resident_bytes), MiB(middle.resident_bytes),
      MiB(last.resident_bytes), MiB(early.allocated_bytes), MiB(middle.allocated_bytes),
      MiB(last.allocated_bytes), static_cast<long long>(early.files),
      static_cast<long long>(middle.files), static_cast<long long>(last.files),
      static_cast<long long>(early.threads), static_cast<long long>(middle.threads),
      static_cast<long long>(last.threads));
  // Far above what they take on a busy machine under a sanitizer; a wake-up that is lost costs a
  // second or more.
  std::sort(took_ns.begin(), took_ns.end());
  CHECK(took_ns.at(took_ns.size() / 2) < 250 * fakes::kMs);
  CHECK(took_ns.back() < 30 * fakes::kSecond);
  CHECK_EQ(last.files, early.files);
  CHECK_EQ(last.threads, early.threads);
  if (kSanitized) return;
  CHECK(last.allocated_bytes - early.allocated_bytes < 64 << 10);
  CHECK(last.resident_bytes - early.resident_bytes < 4 << 20);
}
