// The files of a test among other processes, and when somebody takes them away.

#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <map>
#include <memory>

#include "check.h"
#include "fakes.h"
#include "log/run_log.h"
#include "mlperf_loadgen/errors.h"
#include "rig.h"

using namespace mlperf;
using log::RunLog;

namespace {

// What `body` returns in a forked process.
template <typename Body>
int InChild(Body body) {
  const pid_t child = fork();
  if (child == 0) _exit(body());
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

log::AccuracyRecord Record(const std::vector<uint8_t>& data) {
  log::AccuracyRecord record;
  record.data = data;
  return record;
}

// The files of `folder`, with their content.
std::map<std::string, std::string> Files(const std::string& folder) {
  std::map<std::string, std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    files[entry.path().filename()] = fakes::ReadFile(entry.path());
  }
  return files;
}

}  // namespace

// Before any file is emptied: the summary of an earlier test and what the first test wrote stay.
TEST(a_second_process_is_refused) {
  const fakes::Folder folder;
  fakes::FakeClock clock;
  RunLog log(folder.Logs(), clock, [] {});
  log.Detail({"key", "1"});
  std::ofstream(log.paths().summary) << "of an earlier test";
  const auto second = [&](LogSettings settings) {
    return InChild([&] {
      try {
        const RunLog other(settings, clock, [] {});
        return 0;
      } catch (const OutputError& error) {
        return error.what() == "another test is writing to " + log.paths().detail ? 1 : 2;
      }
    });
  };
  CHECK_EQ(second(folder.Logs()), 1);
  LogSettings other_names = folder.Logs();
  other_names.log_output.prefix = "other_";
  CHECK_EQ(second(other_names), 0);
  CHECK_EQ(second(folder.Logs()), 1);

  const auto files = Files(folder / ".");
  CHECK_EQ(files.at("mlperf_log_summary.txt"), "of an earlier test");
  CHECK_EQ(fakes::Lines(files.at("mlperf_log_detail.txt")).size(), 1u);
  CHECK_EQ(files.at("mlperf_log_accuracy.json"), "[");
  CHECK_EQ(log.Close(), "");
  CHECK_EQ(second(folder.Logs()), 0);
}

// A worker that a SUT forks, and that comes back instead of ending, ends: it does not wait for the
// writing thread, which it does not have, and does not write.
TEST(a_forked_process_leaves_the_files_alone) {
  const fakes::Folder folder;
  fakes::FakeClock clock;
  auto log = std::make_unique<RunLog>(folder.Logs(), clock, [] {});
  const std::vector<uint8_t> data(100);
  log->accuracy().Append(Record(data));
  const auto worker = [&] {
    log->Detail({"of the worker", "1"});
    log->Summary("of the worker");
    log->Close();
    log.reset();
    return 0;
  };
  CHECK_EQ(InChild(worker), 0);
  log->Detail({"of the test", "1"});
  CHECK_EQ(log->Close(), "");
  const auto files = Files(folder / ".");
  CHECK_EQ(files.count("mlperf_log_summary.txt"), 0u);
  CHECK_EQ(fakes::Lines(files.at("mlperf_log_detail.txt")).size(), 1u);
  CHECK_EQ(fakes::Lines(files.at("mlperf_log_accuracy.json")).size(), 3u);
}

TEST(a_deleted_file_is_named_once) {
  for (const char* name :
       {"mlperf_log_detail.txt", "mlperf_log_accuracy.json", "mlperf_log_trace.json"}) {
    const fakes::Folder folder;
    fakes::FakeClock clock;
    std::atomic<int> failures{0};
    RunLog log(folder.Logs(), clock, [&] { ++failures; });
    log.Check();
    CHECK_EQ(failures.load(), 0);
    std::filesystem::remove(folder / name);
    log.Check();
    log.Check();
    CHECK_EQ(failures.load(), 1);
    CHECK(!log.CloseRecords());
    CHECK_EQ(log.Close(), "cannot write " + (folder / name) + ": it was deleted during the test");
  }
}

// The test ends, and says which file it was; the file has no hole.
TEST(a_file_that_is_emptied_during_the_test) {
  for (const char* name : {"mlperf_log_detail.txt", "mlperf_log_accuracy.json"}) {
    rig::Rig rig(TestScenario::SingleStream, TestMode::AccuracyOnly);
    rig.qsl.before_unload = [&] { std::filesystem::resize_file(rig.folder / name, 0); };
    const Report report = rig.Run();
    CHECK_THROWS(std::rethrow_exception(rig.failure), OutputError,
                 (rig.folder / name) + ": it was emptied or cut during the test");
    CHECK(!report.complete);
    CHECK(fakes::ReadFile(rig.folder / name).find('\0') == std::string::npos);
  }
}

// A path is bytes.
TEST(a_folder_whose_name_is_no_text) {
  rig::Rig rig(TestScenario::SingleStream);
  rig.settings.min_query_count = 70;
  const std::string folder = rig.folder / "logs-\xff";
  rig.logs.log_output.outdir = folder;
  CHECK_THROWS(rig.Run(), OutputError, "logs-");
  std::filesystem::create_directory(folder);
  const Report report = rig.Run();
  CHECK(report.valid);
  CHECK_EQ(report.summary_path, folder + "/mlperf_log_summary.txt");
  CHECK(fakes::ReadFile(report.summary_path).find("Result is : VALID") != std::string::npos);
}

// The test ends within seconds, and its report tells of what was measured.
TEST(a_folder_that_vanishes_while_the_test_waits) {
  rig::Rig rig(TestScenario::Server);
  rig.settings.server_target_qps = 10;
  rig.settings.min_query_count = 1000;
  int queries = 0;
  rig.sut.issue = [&](const fakes::Samples& samples) {
    if (++queries == 20) std::filesystem::remove_all(rig.logs.log_output.outdir);
    rig.Later(samples, fakes::kMs);
  };
  const Report report = rig.Run();
  CHECK_THROWS(std::rethrow_exception(rig.failure), OutputError,
               (rig.folder / "mlperf_log_detail.txt") + ": it was deleted during the test");
  CHECK(!report.complete);
  CHECK(!report.valid);
  CHECK(report.end_reason.starts_with("A log file could not be written."));
  CHECK(queries < 80);  // of 10 a second
}

TEST(a_folder_that_vanishes_at_the_very_end) {
  rig::Rig rig(TestScenario::SingleStream, TestMode::AccuracyOnly);
  rig.qsl.before_unload = [&] { std::filesystem::remove_all(rig.logs.log_output.outdir); };
  const Report report = rig.Run();
  CHECK_THROWS(std::rethrow_exception(rig.failure), OutputError, "it was deleted during the test");
  CHECK(!report.complete);
}

// What a SUT says about where its answer is need not be true.
TEST(answers_that_cannot_be_read) {
  for (const bool tokens : {false, true}) {
    rig::Rig rig(TestScenario::SingleStream, TestMode::SubmissionRun);
    rig.settings.use_token_latencies = tokens;
    rig.settings.accuracy_log_probability = 1;
    rig.settings.min_query_count = 200;
    const std::vector<uint8_t> data = {0xAB};
    const auto good = reinterpret_cast<uintptr_t>(data.data());
    uint64_t queries = 0;
    rig.sut.issue = [&](const fakes::Samples& samples) {
      rig.clock.Advance(fakes::kMs);
      QuerySampleResponse response(samples[0].id, good, 1, 2);
      if (queries % 4 == 1) response.data = 0xDEAD;
      if (queries % 4 == 3) response.size = size_t{1} << 60U;
      ++queries;
      if (tokens) FirstTokenComplete(&response, 1);
      rig.clock.Advance(fakes::kMs);
      QuerySamplesComplete(&response, 1);
    };
    const Report report = rig.Run();
    CHECK_EQ(rig.Failure(), "");
    CHECK(report.complete);
    CHECK(!report.valid);
    CHECK_EQ(report.missing_samples, 0u);
    CHECK_EQ(report.error_count, queries / 2 * (tokens ? 2 : 1));
    CHECK(rig.HasError("Received a response whose data cannot be read. Response id: "));
    CHECK_EQ(rig.AccuracyRecords(), queries);
    const auto lines = fakes::Lines(rig.Accuracy());
    const std::string first = tokens ? ", \"token_data\" : \"AB\", \"token_count\" : 2 }," : " },";
    const std::string none = tokens ? ", \"token_data\" : \"\", \"token_count\" : 2 }," : " },";
    CHECK(lines[1].ends_with(", \"data\" : \"AB\"" + first));
    CHECK(lines[2].ends_with(", \"data\" : \"\"" + none));
    CHECK(lines[4].ends_with(", \"data\" : \"\"" + none));
  }
}
