// Writes the four log files of a test. Nothing is read back from them.

#ifndef MLPERF_LOADGEN_LOG_RUN_LOG_H_
#define MLPERF_LOADGEN_LOG_RUN_LOG_H_

#include <chrono>
#include <functional>
#include <mutex>
#include <span>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/entry.h"
#include "log/accuracy_log.h"
#include "log/output_file.h"
#include "log/trace_log.h"
#include "mlperf_loadgen/test_settings.h"

namespace mlperf::log {

// What the file of one kind ("summary.txt", …) is called, with its folder.
struct Paths {
  std::string summary;
  std::string detail;
  std::string accuracy;
  std::string trace;
};

// Of the lines of the detail log.
enum class LineForm {
  kMlLog,  // ":::MLLOG" and JSON
  kPlain,  // "pid": P, "tid": T, "ts": Nns : [ERROR : |WARNING : ]key : value; texts without key
};

class RunLog {
 public:
  // Creates the files, or empties those of an earlier test, whose summary disappears: there is none
  // until this test has ended. Throws OutputError naming each file that cannot be opened, or, with
  // no file touched, when a test of another process writes to them. `on_failure` is called once for
  // each file, on any thread, when a write fails later.
  RunLog(const LogSettings& settings, base::Clock& clock, std::function<void()> on_failure,
         LineForm form = LineForm::kMlLog);

  const Paths& paths() const { return paths_; }

  // One line of the detail log for each entry, in the file when it returns. Any thread.
  void Detail(std::span<const base::Entry> entries);
  void Detail(const base::Entry& entry) { Detail({&entry, 1}); }

  // The whole summary; the file appears complete or not at all. Not in a forked process.
  void Summary(std::string_view text);

  // Takes a file that was deleted, with its folder perhaps, or emptied, for one that could not be
  // written. To be called now and then. Any thread, not during or after CloseRecords.
  void Check();

  AccuracyLog& accuracy() { return accuracy_; }
  TraceLog& trace() { return trace_; }

  // Ends the accuracy log and the trace. Returns whether all of them was written, and is there.
  bool CloseRecords();

  // Ends all files. Returns what could not be written, empty when all was.
  std::string Close();

 private:
  std::string Line(const base::Entry& entry) const;

  LogSettings settings_;
  base::Clock& clock_;
  int64_t start_ns_;
  const LineForm form_;
  std::function<void()> on_failure_;
  Paths paths_;
  std::mutex detail_mutex_;
  OutputFile detail_;
  AccuracyLog accuracy_;
  TraceLog trace_;
  const int64_t process_;
  std::string lost_error_;  // under detail_mutex_
  std::string summary_error_;
};

// The moment as the detail log spells it: 2026-01-31T23:59:59Z, UTC.
std::string IsoDateTime();

// A moment as the power tools want it: 01-31-2026 23:59:59.999, UTC.
std::string PowerDateTime(std::chrono::system_clock::time_point time);

}  // namespace mlperf::log

#endif  // MLPERF_LOADGEN_LOG_RUN_LOG_H_
