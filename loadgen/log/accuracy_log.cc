#include "log/accuracy_log.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstring>
#include <new>
#include <system_error>
#include <utility>

#include "base/readable.h"
#include "base/thread_id.h"

namespace mlperf::log {
namespace {

constexpr size_t kBlockBytes = size_t{4} << 20;

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

using HexPair = std::array<char, 2>;

constexpr std::array<HexPair, 256> MakeHexTable() {
  constexpr char kDigits[] = "0123456789ABCDEF";
  std::array<HexPair, 256> table{};
  for (size_t i = 0; i < table.size(); ++i) table[i] = {kDigits[i >> 4], kDigits[i & 0xF]};
  return table;
}

constexpr std::array<HexPair, 256> kHexTable = MakeHexTable();

void AppendBytes(const void* bytes, size_t size, std::vector<char>* block) {
  const auto* begin = static_cast<const char*>(bytes);
  block->insert(block->end(), begin, begin + size);
}

}  // namespace

AccuracyLog::AccuracyLog(OutputFile file, std::function<void()> on_failure)
    : file_(std::move(file)),
      on_failure_(std::move(on_failure)),
      process_(base::ProcessId()),
      changed_(std::make_unique<std::condition_variable>()) {
  file_.Write("[");
  file_.Flush();
  failed_ = !file_.error().empty();
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
  std::unique_lock lock(mutex_);
  changed_->wait(lock, [this] { return failed_ || closing_ || filling_.size() < kBlockBytes; });
  if (failed_ || closing_) return true;
  const size_t old_size = filling_.size();
  const char* const failure = Try([&] {
    Put(record);
    if (!writer_.joinable()) writer_ = std::thread([this] { WriteLoop(); });
  });
  if (failure != nullptr) filling_.resize(old_size);
  const bool first_failure = failure != nullptr && Fail(failure);
  const bool wakes = old_size == 0 || filling_.size() >= kBlockBytes;
  lock.unlock();
  if (wakes) changed_->notify_all();
  if (first_failure) on_failure_();
  return true;
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
    [[maybe_unused]] const auto* const left = changed_.release();
    return;
  }
  {
    const std::lock_guard lock(mutex_);
    if (closing_) return;
    closing_ = true;
  }
  changed_->notify_all();
  if (writer_.joinable()) writer_.join();
  if (!failed_) file_.Write("\n]\n");
  file_.Close();
}

std::string AccuracyLog::error() const {
  if (failure_ == nullptr) return file_.error();
  return "cannot write " + file_.path() + ": " + failure_;
}

void AccuracyLog::WriteLoop() {
  constexpr std::chrono::seconds kLongest{1};
  const auto full = [this] { return closing_ || filling_.size() >= kBlockBytes; };
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_->wait(lock, [this] { return closing_ || !filling_.empty(); });
    changed_->wait_for(lock, kLongest, full);
    if (filling_.empty()) return;
    std::swap(filling_, writing_);
    lock.unlock();
    changed_->notify_all();
    const char* failure = Try([this] { WriteBlock(writing_); });
    writing_.clear();
    lock.lock();
    if (failure == nullptr && file_.error().empty()) continue;
    const bool first_failure = Fail(failure);
    lock.unlock();
    changed_->notify_all();
    if (first_failure) on_failure_();
    lock.lock();
  }
}

void AccuracyLog::WriteBlock(const Block& block) {
  const char* at = block.data();
  const char* const end = at + block.size();
  while (at != end) {
    Header header{};
    std::memcpy(&header, at, sizeof header);
    at += sizeof header;
    text_ = any_ ? ",\n{ \"seq_id\" : " : "\n{ \"seq_id\" : ";
    any_ = true;
    text_ += std::to_string(header.seq_id);
    text_ += ", \"qsl_idx\" : ";
    text_ += std::to_string(header.qsl_idx);
    text_ += ", \"data\" : \"";
    file_.Write(text_);
    WriteHex(at, header.data_bytes);
    at += header.data_bytes;
    if (header.has_token_data) {
      file_.Write("\", \"token_data\" : \"");
      WriteHex(at, header.token_bytes);
      at += header.token_bytes;
    }
    text_ = '"';
    if (header.has_token_count) {
      text_ += ", \"token_count\" : ";
      text_ += std::to_string(header.token_count);
    }
    text_ += " }";
    file_.Write(text_);
  }
  file_.Flush();
}

// In pieces: the text is not held twice.
void AccuracyLog::WriteHex(const char* bytes, size_t size) {
  constexpr size_t kPieceBytes = size_t{16} << 10;
  while (size != 0) {
    const size_t piece = std::min(size, kPieceBytes);
    text_.resize(2 * piece);
    char* out = text_.data();
    for (size_t i = 0; i < piece; ++i, out += 2) {
      std::memcpy(out, kHexTable[static_cast<uint8_t>(bytes[i])].data(), 2);
    }
    file_.Write(text_);
    bytes += piece;
    size -= piece;
  }
}

}  // namespace mlperf::log
