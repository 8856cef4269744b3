// mlperf_log_accuracy.json: the bytes a SUT answered with.

#ifndef MLPERF_LOADGEN_LOG_ACCURACY_LOG_H_
#define MLPERF_LOADGEN_LOG_ACCURACY_LOG_H_

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "log/output_file.h"

namespace mlperf::log {

struct AccuracyRecord {
  uint64_t seq_id = 0;
  uint64_t qsl_idx = 0;
  std::span<const uint8_t> data;
  bool with_token_data = false;  // writes what StashFirstToken kept for seq_id
  std::optional<int64_t> token_count;
};

// Completing threads copy bytes in; a thread of the log's own turns them into text and writes.
// Memory is bounded: whoever adds more than that thread can write waits for it.
class AccuracyLog {
 public:
  // `on_failure` is called once, on the writing thread, when the disk refuses.
  AccuracyLog(OutputFile file, std::function<void()> on_failure);
  ~AccuracyLog();

  // Any thread. The bytes are copied before it returns.
  void Append(const AccuracyRecord& record);

  // Any thread. Keeps the bytes of a first token until the sample itself is appended.
  void StashFirstToken(uint64_t seq_id, std::span<const uint8_t> data);

  // Writes everything out and ends the file. What is appended after it is dropped.
  void Close();

  const OutputFile& file() const { return file_; }

 private:
  using Block = std::vector<char>;

  void WriteLoop();
  void WriteBlock(const Block& block);

  OutputFile file_;
  std::function<void()> on_failure_;
  std::string text_;  // of the writing thread
  bool any_ = false;  // a record was written; of the writing thread

  std::mutex mutex_;
  std::condition_variable changed_;
  Block filling_;  // by completing threads
  Block writing_;  // of the writing thread
  bool closing_ = false;
  std::unordered_map<uint64_t, std::vector<uint8_t>> first_tokens_;
  std::thread writer_;  // started by the first record
};

}  // namespace mlperf::log

#endif  // MLPERF_LOADGEN_LOG_ACCURACY_LOG_H_
