#include "log/accuracy_log.h"

#include <array>
#include <cstring>
#include <utility>

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

void AppendHex(const char* bytes, size_t size, std::string* text) {
  const size_t old_size = text->size();
  text->resize(old_size + 2 * size);
  char* out = text->data() + old_size;
  for (size_t i = 0; i < size; ++i, out += 2) {
    std::memcpy(out, kHexTable[static_cast<uint8_t>(bytes[i])].data(), 2);
  }
}

void AppendBytes(const void* bytes, size_t size, std::vector<char>* block) {
  const auto* begin = static_cast<const char*>(bytes);
  block->insert(block->end(), begin, begin + size);
}

}  // namespace

AccuracyLog::AccuracyLog(OutputFile file, std::function<void()> on_failure)
    : file_(std::move(file)), on_failure_(std::move(on_failure)) {
  file_.Write("[");
  file_.Flush();
}

AccuracyLog::~AccuracyLog() { Close(); }

void AccuracyLog::Append(const AccuracyRecord& record) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return closing_ || filling_.size() < kBlockBytes; });
  if (closing_) return;
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
  if (!writer_.joinable()) writer_ = std::thread([this] { WriteLoop(); });
  if (filling_.size() >= kBlockBytes) {
    lock.unlock();
    changed_.notify_all();
  }
}

void AccuracyLog::StashFirstToken(uint64_t seq_id, std::span<const uint8_t> data) {
  const std::lock_guard lock(mutex_);
  first_tokens_[seq_id].assign(data.begin(), data.end());
}

void AccuracyLog::Close() {
  {
    const std::lock_guard lock(mutex_);
    if (closing_) return;
    closing_ = true;
  }
  changed_.notify_all();
  if (writer_.joinable()) writer_.join();
  file_.Write("\n]\n");
  file_.Close();
}

void AccuracyLog::WriteLoop() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return closing_ || filling_.size() >= kBlockBytes; });
    if (filling_.empty()) return;
    std::swap(filling_, writing_);
    lock.unlock();
    changed_.notify_all();
    const bool was_well = file_.error().empty();
    WriteBlock(writing_);
    writing_.clear();
    if (was_well && !file_.error().empty()) on_failure_();
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
    text_.clear();
    text_ += any_ ? ",\n{ \"seq_id\" : " : "\n{ \"seq_id\" : ";
    any_ = true;
    text_ += std::to_string(header.seq_id);
    text_ += ", \"qsl_idx\" : ";
    text_ += std::to_string(header.qsl_idx);
    text_ += ", \"data\" : \"";
    AppendHex(at, header.data_bytes, &text_);
    text_ += '"';
    at += header.data_bytes;
    if (header.has_token_data) {
      text_ += ", \"token_data\" : \"";
      AppendHex(at, header.token_bytes, &text_);
      text_ += '"';
      at += header.token_bytes;
    }
    if (header.has_token_count) {
      text_ += ", \"token_count\" : ";
      text_ += std::to_string(header.token_count);
    }
    text_ += " }";
    file_.Write(text_);
  }
  file_.Flush();
}

}  // namespace mlperf::log
