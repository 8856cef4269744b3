#include "log/accuracy_log.h"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <new>
#include <system_error>
#include <utility>

#include "base/process.h"
#include "base/readable.h"
#include "base/text.h"

namespace mlperf::log {
namespace {

constexpr size_t kBlockBytes = size_t{4} << 20;
constexpr size_t kTextBytes = size_t{256} << 10;  // stays in a processor's cache
// Of the text of a record, but for its bytes.
constexpr size_t kMostOfRecord = 256;

// What stands before the bytes of a record in a block: data, then token data.
struct Header {
  uint64_t seq_id;
  uint64_t qsl_idx;
  uint64_t data_bytes;
  uint64_t token_bytes;
  int64_t token_count;
  bool has_token_data;
  bool has_token_count;
};

void AppendBytes(const void* bytes, size_t size, std::vector<char>* block) {
  const auto* begin = static_cast<const char*>(bytes);
  block->insert(block->end(), begin, begin + size);
}

}  // namespace

AccuracyLog::AccuracyLog(OutputFile file, std::function<void()> on_failure)
    : file_(std::move(file)),
      on_failure_(std::move(on_failure)),
      process_(base::ProcessId()),
      signals_(std::make_unique<Signals>()) {
  file_.Write("[");
  failed_ = file_.path().empty() || !file_.error().empty();
}

AccuracyLog::~AccuracyLog() { Close(); }

bool AccuracyLog::Append(const AccuracyRecord& record) {
  // Before any memory is asked for: the size, too, is what the SUT says.
  if (!base::IsReadable(record.data.data(), record.data.size())) {
    AccuracyRecord without = record;
    without.data = {};
    Append(without);
    return false;
  }
  if (record.data.empty()) empty_.fetch_add(1, std::memory_order_relaxed);
  std::unique_lock lock(mutex_);
  while (!failed_ && !closing_ && !HasRoom(record.data.size())) {
    full_ = true;
    signals_->work.notify_one();
    signals_->room.wait(lock);
  }
  if (failed_ || closing_) return true;
  const size_t old_size = filling_.size();
  const char* const failure = Try([&] {
    Put(record);
    if (!writer_.joinable()) writer_ = std::thread([this] { WriteLoop(); });
  });
  if (failure != nullptr) filling_.resize(old_size);
  const bool first_failure = failure != nullptr && Fail(failure);
  lock.unlock();
  if (old_size == 0) signals_->work.notify_one();
  if (first_failure) on_failure_();
  return true;
}

// A record that is larger than a block has one for itself.
bool AccuracyLog::HasRoom(size_t data_bytes) const {
  return filling_.empty() ||
         (filling_.size() < kBlockBytes && data_bytes < kBlockBytes - filling_.size());
}

void AccuracyLog::Put(const AccuracyRecord& record) {
  std::vector<uint8_t> token_data;
  if (record.with_token_data) {
    if (auto kept = first_tokens_.extract(record.seq_id)) token_data = std::move(kept.mapped());
  }
  const Header header{record.seq_id,
                      record.qsl_idx,
                      record.data.size(),
                      token_data.size(),
                      record.token_count.value_or(0),
                      record.with_token_data,
                      record.token_count.has_value()};
  if (filling_.capacity() == 0) filling_.reserve(kBlockBytes);
  AppendBytes(&header, sizeof header, &filling_);
  AppendBytes(record.data.data(), record.data.size(), &filling_);
  AppendBytes(token_data.data(), token_data.size(), &filling_);
}

bool AccuracyLog::StashFirstToken(uint64_t seq_id, std::span<const uint8_t> data) {
  if (!base::IsReadable(data.data(), data.size())) return false;
  std::unique_lock lock(mutex_);
  if (failed_) return true;
  const char* const failure = Try([&] { first_tokens_[seq_id].assign(data.begin(), data.end()); });
  const bool first_failure = failure != nullptr && Fail(failure);
  lock.unlock();
  if (first_failure) on_failure_();
  return true;
}

// Returns what failed, null when nothing did.
template <typename Act>
const char* AccuracyLog::Try(Act act) {
  try {
    act();
    return nullptr;
  } catch (const std::bad_alloc&) {
    return "out of memory";
  } catch (const std::system_error&) {
    return "no thread for it could be started";
  }
}

bool AccuracyLog::Fail(const char* why) {
  if (failed_) return false;
  failed_ = true;
  failure_ = why;
  return true;
}

void AccuracyLog::Close() {
  if (base::ProcessId() != process_) {
    if (writer_.joinable()) writer_.detach();
    [[maybe_unused]] const auto* const left = signals_.release();
    return;
  }
  {
    const std::lock_guard lock(mutex_);
    if (closing_) return;
    closing_ = true;
  }
  signals_->work.notify_one();
  signals_->room.notify_all();
  if (writer_.joinable()) writer_.join();
  if (!failed_) file_.Write("\n]\n");
  file_.Close();
}

std::string AccuracyLog::error() const {
  if (failure_ == nullptr) return file_.error();
  return "cannot write " + base::OneLine(file_.path()) + ": " + failure_;
}

void AccuracyLog::WriteLoop() {
  constexpr std::chrono::seconds kLongest{1};
  const auto due = [this] { return closing_ || full_; };
  std::unique_lock lock(mutex_);
  for (;;) {
    signals_->work.wait(lock, [this] { return closing_ || !filling_.empty(); });
    signals_->work.wait_for(lock, kLongest, due);
    if (filling_.empty()) return;
    std::swap(filling_, writing_);
    full_ = false;
    lock.unlock();
    signals_->room.notify_all();
    const char* failure = Try([this] { WriteBlock(writing_); });
    writing_.clear();
    lock.lock();
    if (failure == nullptr && file_.error().empty()) continue;
    const bool first_failure = Fail(failure);
    lock.unlock();
    signals_->room.notify_all();
    if (first_failure) on_failure_();
    lock.lock();
  }
}

void AccuracyLog::WriteBlock(const Block& block) {
  if (text_ == nullptr) text_ = std::make_unique<TextBlock>(kTextBytes);
  const char* at = block.data();
  const char* const end = at + block.size();
  while (at != end) {
    Header header{};
    std::memcpy(&header, at, sizeof header);
    at += sizeof header;
    TextCursor cursor = CursorFor(kMostOfRecord);
    cursor.Add(any_ ? ",\n{ \"seq_id\" : " : "\n{ \"seq_id\" : ");
    any_ = true;
    cursor.AddNumber(header.seq_id);
    cursor.Add(", \"qsl_idx\" : ");
    cursor.AddNumber(header.qsl_idx);
    cursor.Add(", \"data\" : \"");
    text_->Commit(cursor);
    AddHex(at, header.data_bytes);
    at += header.data_bytes;
    cursor = CursorFor(kMostOfRecord);
    if (header.has_token_data) {
      cursor.Add("\", \"token_data\" : \"");
      text_->Commit(cursor);
      AddHex(at, header.token_bytes);
      at += header.token_bytes;
      cursor = CursorFor(kMostOfRecord);
    }
    cursor.Add('"');
    if (header.has_token_count) {
      cursor.Add(", \"token_count\" : ");
      cursor.AddNumber(header.token_count);
    }
    cursor.Add(" }");
    text_->Commit(cursor);
  }
  WriteText();
}

// In pieces: the text is not held as a whole.
void AccuracyLog::AddHex(const char* bytes, size_t size) {
  while (size != 0) {
    TextCursor cursor = CursorFor(2);
    const size_t piece = std::min(size, text_->room() / 2);
    cursor.AddHex({reinterpret_cast<const uint8_t*>(bytes), piece});
    text_->Commit(cursor);
    bytes += piece;
    size -= piece;
  }
}

// For at most this many bytes of text.
TextCursor AccuracyLog::CursorFor(size_t bytes) {
  if (text_->room() < bytes) WriteText();
  return text_->cursor();
}

void AccuracyLog::WriteText() {
  file_.Write(text_->text());
  text_->Clear();
}

}  // namespace mlperf::log
