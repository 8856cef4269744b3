// Text on its way into a file.

#ifndef MLPERF_LOADGEN_LOG_TEXT_BLOCK_H_
#define MLPERF_LOADGEN_LOG_TEXT_BLOCK_H_

#include <charconv>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "base/hex.h"

namespace mlperf::log {

// A place in memory at which text is added. Small, and meant to be a local variable: then it stays
// in a register. Whoever adds sees to it that there is room.
class Pen {
 public:
  static constexpr size_t kMostOfNumber = 20;

  explicit Pen(char* at) : at_(at) {}

  char* at() const { return at_; }

  void Add(char c) { *at_++ = c; }
  void Add(std::string_view text) { at_ += text.copy(at_, text.size()); }
  template <typename Integer>
  void AddNumber(Integer value) {
    at_ = std::to_chars(at_, at_ + kMostOfNumber, value).ptr;
  }
  void AddHex(std::span<const uint8_t> bytes) {
    base::WriteHex(bytes, at_);
    at_ += 2 * bytes.size();
  }

 private:
  char* at_;
};

// A block of fixed size, which costs no memory until it is written. One thread at a time.
class TextBlock {
 public:
  // Throws std::bad_alloc.
  explicit TextBlock(size_t capacity)
      : text_(std::make_unique_for_overwrite<char[]>(capacity)), capacity_(capacity) {}

  size_t room() const { return capacity_ - size_; }
  std::string_view text() const { return {text_.get(), size_}; }
  void Clear() { size_ = 0; }

  // A pen at the end of the text; what it adds is part of the text once it is given back.
  Pen TakePen() const { return Pen(text_.get() + size_); }
  void GiveBack(const Pen& pen) { size_ = static_cast<size_t>(pen.at() - text_.get()); }

 private:
  std::unique_ptr<char[]> text_;
  size_t capacity_;
  size_t size_ = 0;
};

}  // namespace mlperf::log

#endif  // MLPERF_LOADGEN_LOG_TEXT_BLOCK_H_
