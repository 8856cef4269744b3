#include "log/run_log.h"

#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <thread>

#include "base/thread_id.h"
#include "check.h"
#include "fakes.h"
#include "mlperf_loadgen/errors.h"

using namespace mlperf;
using log::RunLog;

namespace {

// `text` with digits made 0: the shape of a date.
std::string Shape(std::string text) {
  for (char& c : text) {
    if (std::isdigit(static_cast<unsigned char>(c))) c = '0';
  }
  return text;
}

}  // namespace

TEST(detail_lines) {
  const fakes::Folder folder;
  fakes::FakeClock clock;
  RunLog log(folder.Logs(), clock, [] {});
  clock.Advance(12 * fakes::kMs + 34);
  log.Detail({"requested_scenario", "\"Server\""});
  const std::string tail =
      ", \"file\": \"loadgen\", \"line_no\": 0, \"pid\": " + std::to_string(getpid()) +
      ", \"tid\": " + std::to_string(base::ThreadId()) + "}}\n";
  const std::string first =
      ":::MLLOG {\"key\": \"requested_scenario\", \"value\": \"Server\", \"time_ms\": 12.000034, "
      "\"namespace\": \"mlperf::logging\", \"event_type\": \"POINT_IN_TIME\", \"metadata\": "
      "{\"is_error\": false, \"is_warning\": false" +
      tail;
  CHECK_EQ(fakes::ReadFile(log.paths().detail), first);  // on disk at once

  clock.Advance(100 * fakes::kSecond);
  log.Detail({"a \"key\"", "17", base::Severity::kError});
  log.Detail({"w", "[1,2]", base::Severity::kWarning});
  CHECK_EQ(log.Close(), "");
  CHECK_EQ(fakes::ReadFile(log.paths().detail),
           first +
               ":::MLLOG {\"key\": \"a \\\"key\\\"\", \"value\": 17, \"time_ms\": 100012.000034, "
               "\"namespace\": \"mlperf::logging\", \"event_type\": \"POINT_IN_TIME\", "
               "\"metadata\": {\"is_error\": true, \"is_warning\": false" +
               tail +
               ":::MLLOG {\"key\": \"w\", \"value\": [1,2], \"time_ms\": 100012.000034, "
               "\"namespace\": \"mlperf::logging\", \"event_type\": \"POINT_IN_TIME\", "
               "\"metadata\": {\"is_error\": false, \"is_warning\": true" +
               tail);
}

TEST(lines_of_several_threads_stay_whole) {
  const fakes::Folder folder;
  fakes::FakeClock clock;
  RunLog log(folder.Logs(), clock, [] {});
  std::vector<std::thread> threads;
  for (int t = 0; t < 3; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 300; ++i) log.Detail({"key", "1"});
    });
  }
  for (std::thread& thread : threads) thread.join();
  log.Close();
  const auto lines = fakes::Lines(fakes::ReadFile(log.paths().detail));
  CHECK_EQ(lines.size(), 900u);
  CHECK(std::all_of(lines.begin(), lines.end(), [](const std::string& line) {
    return line.starts_with(":::MLLOG {\"key\": \"key\"") && line.ends_with("}}");
  }));
}

TEST(files_of_an_earlier_test_are_emptied) {
  const fakes::Folder folder;
  for (const char* name : {"mlperf_log_summary.txt", "mlperf_log_detail.txt",
                           "mlperf_log_accuracy.json", "mlperf_log_trace.json"}) {
    std::ofstream(folder / name) << "old and longer than anything new";
  }
  fakes::FakeClock clock;
  RunLog log(folder.Logs(), clock, [] {});
  CHECK(!std::filesystem::exists(folder / "mlperf_log_summary.txt"));
  CHECK_EQ(fakes::ReadFile(folder / "mlperf_log_detail.txt"), "");
  CHECK_EQ(log.Close(), "");
  CHECK_EQ(fakes::ReadFile(folder / "mlperf_log_accuracy.json"), "[\n]\n");
  CHECK_EQ(fakes::ReadFile(folder / "mlperf_log_trace.json"), "");
}

TEST(names) {
  const fakes::Folder folder;
  fakes::FakeClock clock;
  LogSettings settings = folder.Logs();
  settings.log_output.prefix = "run_";
  settings.log_output.suffix = "_7";
  {
    const RunLog log(settings, clock, [] {});
    CHECK_EQ(log.paths().summary, folder / "run_summary_7.txt");
    CHECK_EQ(log.paths().detail, folder / "run_detail_7.txt");
    CHECK_EQ(log.paths().accuracy, folder / "run_accuracy_7.json");
    CHECK_EQ(log.paths().trace, folder / "run_trace_7.json");
  }
  settings.log_output.prefix_with_datetime = true;
  const RunLog log(settings, clock, [] {});
  CHECK_EQ(Shape(log.paths().detail), Shape(folder / "run_0000-00-00T00:00:00Z_detail_7.txt"));
  CHECK(std::filesystem::exists(log.paths().detail));
}

TEST(every_file_that_cannot_be_opened_is_named) {
  const fakes::Folder folder;
  fakes::FakeClock clock;
  LogSettings settings = folder.Logs();
  settings.log_output.outdir = folder / "missing";
  for (const char* name : {"/mlperf_log_summary.txt", "/mlperf_log_detail.txt",
                           "/mlperf_log_accuracy.json", "/mlperf_log_trace.json"}) {
    CHECK_THROWS(RunLog(settings, clock, [] {}), OutputError,
                 "cannot open " + settings.log_output.outdir + name + ": No such file");
  }
  std::ofstream(folder / "file") << "in the place of a folder";
  settings.log_output.outdir = folder / "file";
  CHECK_THROWS(RunLog(settings, clock, [] {}), OutputError, "Not a directory");

  std::filesystem::create_directory(folder / "mlperf_log_detail.txt");
  CHECK_THROWS(RunLog(folder.Logs(), clock, [] {}), OutputError,
               "cannot open " + (folder / "mlperf_log_detail.txt") + ": Is a directory");
}

TEST(summary_appears_whole) {
  const fakes::Folder folder;
  fakes::FakeClock clock;
  RunLog log(folder.Logs(), clock, [] {});
  log.Summary("all of it\n");
  CHECK_EQ(fakes::ReadFile(log.paths().summary), "all of it\n");
  // A reader that has the old file open keeps it: the new one is another file.
  std::ifstream before(log.paths().summary);
  log.Summary("another\n");
  CHECK_EQ(fakes::ReadFile(log.paths().summary), "another\n");
  CHECK_EQ(std::string(std::istreambuf_iterator<char>(before), {}), "all of it\n");
  CHECK(!std::filesystem::exists(log.paths().summary + ".part"));
  CHECK_EQ(log.Close(), "");
}

TEST(without_files) {
  LogSettings settings;
  settings.write_files = false;
  settings.enable_trace = true;
  settings.log_output.outdir = "/nowhere/at/all";
  fakes::FakeClock clock;
  RunLog log(settings, clock, [] {});
  CHECK(!log.trace().enabled());
  log.Detail({"key", "1"});
  log.Summary("text");
  CHECK(log.paths().summary.empty());
  CHECK_EQ(log.Close(), "");
}

TEST(dates) {
  CHECK_EQ(Shape(log::IsoDateTime()), "0000-00-00T00:00:00Z");
  const std::chrono::system_clock::time_point moment{std::chrono::milliseconds(1'769'903'999'007)};
  CHECK_EQ(log::PowerDateTime(moment), "01-31-2026 23:59:59.007");
}
