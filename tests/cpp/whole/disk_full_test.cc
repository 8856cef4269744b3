// A disk that fills up while a test is written. The limit on the size of files is the process's, so
// this is a program of its own.

#include <sys/resource.h>

#include <atomic>
#include <csignal>

#include "check.h"
#include "fakes.h"
#include "log/run_log.h"
#include "mlperf_loadgen/errors.h"
#include "rig.h"

using namespace mlperf;

namespace {

// No file grows beyond `bytes` while this is alive.
class SmallDisk {
 public:
  explicit SmallDisk(rlim_t bytes) {
    std::signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit{bytes, before_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~SmallDisk() { setrlimit(RLIMIT_FSIZE, &before_); }
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;

 private:
  rlimit before_{};
};

}  // namespace

TEST(accuracy_log_fails_while_it_is_written) {
  const fakes::Folder folder;
  std::atomic<int> failures{0};
  log::AccuracyLog log(log::OutputFile(folder / "accuracy"), [&] { ++failures; });
  const SmallDisk disk(1 << 20);
  const std::vector<uint8_t> data(1 << 20);
  for (uint64_t i = 0; i < 20; ++i) {
    log::AccuracyRecord record;
    record.data = data;
    log.Append(record);
  }
  log.Close();
  CHECK_EQ(failures.load(), 1);
  CHECK_EQ(log.file().error(), "cannot write " + (folder / "accuracy") + ": File too large");
}

TEST(detail_log_fails_once) {
  const fakes::Folder folder;
  fakes::FakeClock clock;
  std::atomic<int> failures{0};
  log::RunLog log(folder.Logs(), clock, [&] { ++failures; });
  const SmallDisk disk(1000);
  for (int i = 0; i < 20; ++i) log.Detail({"key", "1"});
  CHECK_EQ(failures.load(), 1);
  const std::string error = log.Close();
  CHECK_EQ(error, "cannot write " + log.paths().detail + ": File too large");
}

// The old summary is replaced whole or not at all, and nothing is left lying about.
TEST(summary_fails) {
  const fakes::Folder folder;
  fakes::FakeClock clock;
  log::RunLog log(folder.Logs(), clock, [] {});
  log.Summary("short\n");
  const SmallDisk disk(100);
  log.Summary(std::string(1000, 'x'));
  CHECK_EQ(fakes::ReadFile(log.paths().summary), "short\n");
  CHECK(!std::filesystem::exists(log.paths().summary + ".part"));
  CHECK(log.Close().find("mlperf_log_summary.txt") != std::string::npos);
}

TEST(trace_fails) {
  const fakes::Folder folder;
  fakes::FakeClock clock;
  LogSettings settings = folder.Logs();
  settings.enable_trace = true;
  log::RunLog log(settings, clock, [] {});
  const SmallDisk disk(100);
  log.trace().Complete("IssueQuery", 1, 0, 1);
  CHECK(!log.CloseRecords());
  CHECK_EQ(log.Close(), "cannot write " + log.paths().trace + ": File too large");
}

// Even when the responses only fail to be written at the very end, no file says VALID.
TEST(run_with_a_full_disk_is_not_valid) {
  for (const size_t bytes : {size_t{1000}, size_t{200'000}}) {
    rig::Rig rig(TestScenario::SingleStream);
    rig.settings.min_query_count = 70;
    rig.settings.accuracy_log_probability = 1;
    const std::vector<uint8_t> data(bytes);
    rig.sut.issue = [&](const fakes::Samples& samples) {
      QuerySampleResponse response(samples[0].id, reinterpret_cast<uintptr_t>(data.data()), bytes);
      QuerySamplesComplete(&response, 1);
    };
    const SmallDisk disk(100'000);
    const Report report = rig.Run();
    CHECK_THROWS(std::rethrow_exception(rig.failure), OutputError, "mlperf_log_accuracy.json");
    CHECK(!report.complete);
    CHECK(!report.valid);
    CHECK(rig.HasError("A log file could not be written."));
    CHECK(rig.Summary().find("Result is : INVALID\n") != std::string::npos);
  }
}
