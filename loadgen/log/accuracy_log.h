// Writes mlperf_log_accuracy.json: the bytes a SUT answered with.

#ifndef MLPERF_LOADGEN_LOG_ACCURACY_LOG_H_
#define MLPERF_LOADGEN_LOG_ACCURACY_LOG_H_

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "log/output_file.h"
#include "log/text_block.h"

namespace mlperf::log {

struct AccuracyRecord {
  uint64_t seq_id = 0;
  uint64_t qsl_idx = 0;
  std::span<const uint8_t> data;
  bool with_token_data = false;  // writes what StashFirstToken kept for seq_id
  std::optional<int64_t> token_count;
};

// Completing threads copy bytes in; a thread of the log's own turns them into text and writes, at
// least once a second while there is something to write. Memory is bounded: whoever adds more than
// that thread can write waits for it. A log that failed swallows what it is given.
class AccuracyLog {
 public:
  // `on_failure` is called once, on any thread, when a write fails later: because the disk refuses,
  // because memory runs out, or because no thread can be started.
  AccuracyLog(OutputFile file, std::function<void()> on_failure);
  ~AccuracyLog();
  AccuracyLog(const AccuracyLog&) = delete;
  AccuracyLog& operator=(const AccuracyLog&) = delete;

  // Both: any thread. The bytes are copied before it returns. False when they cannot be read, in
  // which case there are none in the record.
  bool Append(const AccuracyRecord& record);
  // Keeps the bytes of a first token until the sample itself is appended.
  bool StashFirstToken(uint64_t seq_id, std::span<const uint8_t> data);

  // Writes everything out and ends the file, which lacks its last line when something failed. What
  // is appended after it is dropped. In a forked process, which has no writing thread, does
  // nothing.
  void Close();

  // How many records have no bytes. Any thread.
  uint64_t empty_count() const { return empty_.load(std::memory_order_relaxed); }

  const OutputFile& file() const { return file_; }
  // What failed, empty when nothing did. Before the first record, or after Close.
  std::string error() const;

 private:
  using Block = std::vector<char>;

  // All: with the mutex held.
  bool HasRoom(size_t data_bytes) const;
  void Put(const AccuracyRecord& record);
  template <typename Act>
  const char* Try(Act act);
  // Returns whether this is the first failure, of which on_failure_ is to be told.
  bool Fail(const char* why);

  void WriteLoop();
  void WriteBlock(const Block& block);
  void AddHex(const char* bytes, size_t size);
  TextCursor CursorFor(size_t bytes);
  void WriteText();

  OutputFile file_;
  std::function<void()> on_failure_;
  const int64_t process_;
  std::unique_ptr<TextBlock> text_;  // of the writing thread
  bool any_ = false;                 // a record was written; of the writing thread

  std::atomic<uint64_t> empty_{0};
  std::mutex mutex_;
  // On the heap, because they cannot be destroyed in a forked process: they would wait for their
  // waiters.
  struct Signals {
    std::condition_variable work;  // for the writing thread
    std::condition_variable room;  // for those who add
  };
  std::unique_ptr<Signals> signals_;
  Block filling_;      // by completing threads
  Block writing_;      // of the writing thread
  bool full_ = false;  // a record waits for room
  bool closing_ = false;
  bool failed_;                    // or has no file
  const char* failure_ = nullptr;  // what failed, when it was not the file
  std::unordered_map<uint64_t, std::vector<uint8_t>> first_tokens_;
  std::thread writer_;  // started by the first record
};

}  // namespace mlperf::log

#endif  // MLPERF_LOADGEN_LOG_ACCURACY_LOG_H_
