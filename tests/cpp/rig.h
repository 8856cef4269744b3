// A whole test between fakes: settings in, report and log files out.

#ifndef MLPERF_LOADGEN_TESTS_CPP_RIG_H_
#define MLPERF_LOADGEN_TESTS_CPP_RIG_H_

#include <algorithm>
#include <exception>
#include <string>
#include <vector>

#include "fakes.h"
#include "mlperf_loadgen/embedding.h"
#include "run/run.h"

namespace rig {

struct Entry {
  std::string key;
  std::string value;  // JSON
  bool is_error;
  bool is_warning;
};

// The detail log, taken apart; a line of another form gives an entry without a key.
inline std::vector<Entry> ReadDetail(const std::string& path) {
  std::vector<Entry> entries;
  for (const std::string& line : fakes::Lines(fakes::ReadFile(path))) {
    const auto between = [&](const std::string& before, const std::string& after) {
      const size_t begin = line.find(before);
      const size_t end = line.find(after, begin);
      if (begin == std::string::npos || end == std::string::npos) return std::string();
      return line.substr(begin + before.size(), end - begin - before.size());
    };
    Entry entry;
    if (line.starts_with(":::MLLOG {")) entry.key = between("{\"key\": \"", "\", \"value\": ");
    entry.value = between("\"value\": ", ", \"time_ms\": ");
    entry.is_error = between("\"is_error\": ", ", ") == "true";
    entry.is_warning = between("\"is_warning\": ", ", ") == "true";
    entries.push_back(entry);
  }
  return entries;
}

class Rig {
 public:
  explicit Rig(mlperf::TestScenario scenario,
               mlperf::TestMode mode = mlperf::TestMode::PerformanceOnly, size_t total = 64,
               size_t performance = 64)
      : qsl(total, performance) {
    settings.scenario = scenario;
    settings.mode = mode;
    settings.min_duration_ms = 0;
    settings.min_query_count = 10;
    sut.issue = [this](const fakes::Samples& samples) { Block(samples, fakes::kMs); };
    sut.flush = [this] { clock.RunAgenda(); };
  }

  static void Complete(mlperf::ResponseId id, const mlperf::ResponseCallback& response_cb = {}) {
    static constexpr uint8_t kAnswer = 0xA5;
    mlperf::QuerySampleResponse response(id, reinterpret_cast<uintptr_t>(&kAnswer), 1);
    mlperf::QuerySamplesComplete(&response, 1, response_cb);
  }
  // Completes `samples` after `latency_ns`, which the issuing thread spends.
  void Block(const fakes::Samples& samples, int64_t latency_ns) {
    clock.Advance(latency_ns);
    for (const mlperf::QuerySample& sample : samples) Complete(sample.id);
  }
  // Likewise, and lets the issuing thread go.
  void Later(const fakes::Samples& samples, int64_t latency_ns) {
    clock.At(clock.NowNs() + latency_ns, [samples] {
      for (const mlperf::QuerySample& sample : samples) Complete(sample.id);
    });
  }

  // Runs the test; what ended it early is in `failure`.
  mlperf::Report Run() {
    failure = nullptr;
    mlperf::Hooks hooks;
    hooks.poll = poll;
    mlperf::run::Run test(sut, qsl, settings, logs, "", hooks, clock);
    mlperf::Report report = test.Execute(&failure);
    return report;
  }

  // What ended the test early, in words.
  std::string Failure() const {
    try {
      if (failure != nullptr) std::rethrow_exception(failure);
    } catch (const std::exception& error) {
      return error.what();
    }
    return {};
  }

  std::vector<Entry> Detail() const { return ReadDetail(folder / "mlperf_log_detail.txt"); }
  std::string Summary() const { return fakes::ReadFile(folder / "mlperf_log_summary.txt"); }
  std::string Accuracy() const { return fakes::ReadFile(folder / "mlperf_log_accuracy.json"); }
  size_t AccuracyRecords() const { return fakes::Lines(Accuracy()).size() - 2; }

  // The values of a key of the detail log.
  std::vector<std::string> Values(const std::string& key) const {
    std::vector<std::string> values;
    for (const Entry& entry : Detail()) {
      if (entry.key == key) values.push_back(entry.value);
    }
    return values;
  }
  // Errors and warnings of the detail log.
  std::vector<std::string> Complaints() const {
    std::vector<std::string> complaints;
    for (const Entry& entry : Detail()) {
      if (entry.is_error || entry.is_warning) complaints.push_back(entry.key + ": " + entry.value);
    }
    return complaints;
  }
  // Whether the detail log holds such an error.
  bool HasError(const std::string& part) const {
    const auto entries = Detail();
    return std::any_of(entries.begin(), entries.end(), [&](const Entry& entry) {
      return entry.is_error && entry.value.find(part) != std::string::npos;
    });
  }

  const fakes::Folder folder;
  fakes::FakeClock clock;
  fakes::FakeSut sut;
  fakes::FakeQsl qsl;
  mlperf::TestSettings settings;
  mlperf::LogSettings logs = folder.Logs();
  std::function<void()> poll;
  std::exception_ptr failure;
};

}  // namespace rig

#endif  // MLPERF_LOADGEN_TESTS_CPP_RIG_H_
