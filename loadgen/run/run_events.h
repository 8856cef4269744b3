// Counts what is reported during a test and passes it on to the log.

#ifndef MLPERF_LOADGEN_RUN_RUN_EVENTS_H_
#define MLPERF_LOADGEN_RUN_RUN_EVENTS_H_

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/entry.h"
#include "log/run_log.h"
#include "track/fault.h"

namespace mlperf::run {

// Any thread. Leaves out what the logs of the round `rules` do not have.
class RunEvents {
 public:
  RunEvents(log::RunLog& log, std::string rules) : log_(log), rules_(std::move(rules)) {}

  void Add(const base::Entry& entry);
  void Add(const base::Entries& entries);
  // An entry with a text; of the key generic_message, or error_runtime.
  void Info(std::string_view text);
  void Error(std::string_view text);
  void Warning(std::string_view text);

  // Counts a fault of the SUT. The first of its kind is written at once, however many follow.
  void Record(track::Fault fault, ResponseId id);
  // Writes how often each kind occurred that occurred more than once.
  void CloseFaults();

  uint64_t error_count() const { return errors_ + faults_.total(); }
  uint64_t warning_count() const { return warnings_; }
  // One line for each kind of error or warning, with its count where there are several. ErrorLines:
  // the faults come last.
  std::vector<std::string> ErrorLines() const;
  std::vector<std::string> WarningLines() const;
  // Which ids came that name no sample of the series, where any did. `library_size`: of the
  // samples.
  std::string ForeignIds(uint64_t library_size) const;
  // The faults that leave no trust in the result. `first_tokens`: whether times of first tokens are
  // part of it.
  std::vector<std::string> InvalidatingLines(bool first_tokens) const;

 private:
  struct Line {
    std::string text;
    uint64_t count;
  };
  // In the order in which they first came.
  using Lines = std::vector<Line>;
  static void Add(std::string text, Lines* lines);

  void Count(const base::Entry& entry);
  std::vector<std::string> Sentences(const Lines& lines) const;

  log::RunLog& log_;
  const std::string rules_;
  std::atomic<uint64_t> errors_{0};
  std::atomic<uint64_t> warnings_{0};
  track::FaultBook faults_;
  mutable std::mutex mutex_;
  Lines error_lines_;
  Lines warning_lines_;
};

}  // namespace mlperf::run

#endif  // MLPERF_LOADGEN_RUN_RUN_EVENTS_H_
