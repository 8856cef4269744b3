// What is said during a test: counted here, written by the log.

#ifndef MLPERF_LOADGEN_RUN_JOURNAL_H_
#define MLPERF_LOADGEN_RUN_JOURNAL_H_

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
class Journal {
 public:
  Journal(log::RunLog& log, std::string rules) : log_(log), rules_(std::move(rules)) {}

  void Note(const base::Entry& entry);
  void Note(const base::Entries& entries);
  // An entry with a text; of the key generic_message, or error_runtime.
  void Message(std::string_view text);
  void Error(std::string_view text);

  // Counts a fault of the SUT. The first of its kind is written at once, however many follow.
  void Record(track::Fault fault, ResponseId id);
  // Writes how often each kind occurred that occurred more than once.
  void CloseFaults();

  uint64_t error_count() const { return errors_ + faults_.total(); }
  uint64_t warning_count() const { return warnings_; }
  // One line for each error, faults of a kind together.
  std::vector<std::string> ErrorLines() const;
  // The faults that leave no trust in the result.
  std::vector<std::string> InvalidatingLines() const;

 private:
  void Count(const base::Entry& entry);

  log::RunLog& log_;
  const std::string rules_;
  std::atomic<uint64_t> errors_{0};
  std::atomic<uint64_t> warnings_{0};
  track::FaultBook faults_;
  mutable std::mutex mutex_;
  std::vector<std::string> error_lines_;
};

}  // namespace mlperf::run

#endif  // MLPERF_LOADGEN_RUN_JOURNAL_H_
