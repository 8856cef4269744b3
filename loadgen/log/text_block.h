// Formats text in a fixed block of memory on its way into a file.

#ifndef MLPERF_LOADGEN_LOG_TEXT_BLOCK_H_
#define MLPERF_LOADGEN_LOG_TEXT_BLOCK_H_

#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>

#include "base/hex.h"

namespace mlperf::log {

// A text of at most `kCapacity` bytes that is added many times: copied at its full capacity, which
// takes a few moves of the widest kind, whatever its size.
template <size_t kCapacity>
class FixedText {
 public:
  // `write(TextCursor*)` writes it.
  template <typename Write>
  void Set(Write write);

  const char* data() const { return text_.data(); }
  size_t size() const { return size_; }

 private:
  std::array<char, kCapacity> text_{};
  size_t size_ = 0;
};

// A place in memory at which text is added. Small, and meant to be a local variable: then it stays
// in a register. Whoever adds sees to it that there is room.
class TextCursor {
 public:
  static constexpr size_t kMostOfNumber = 20;

  explicit TextCursor(char* at) : at_(at) {}

  char* at() const { return at_; }

  void Add(char c) { *at_++ = c; }
  void Add(std::string_view text) { at_ += text.copy(at_, text.size()); }
  // Needs room for the capacity of the fixed.
  template <size_t kCapacity>
  void Add(const FixedText<kCapacity>& fixed) {
    std::memcpy(at_, fixed.data(), kCapacity);
    at_ += fixed.size();
  }
  template <typename Integer>
  void AddNumber(Integer value) {
    at_ = std::to_chars(at_, at_ + kMostOfNumber, value).ptr;
  }
  // Nanoseconds as microseconds with three decimals.
  void AddMicros(int64_t ns) {
    if (ns < 0) {
      *at_++ = '-';
      ns = -ns;
    }
    char* const begin = at_;
    AddNumber(ns);
    const auto digits = at_ - begin;
    constexpr ptrdiff_t kDecimals = 3;
    if (digits <= kDecimals) {  // "7" becomes "0007"
      std::memmove(begin + (kDecimals + 1 - digits), begin, static_cast<size_t>(digits));
      std::memset(begin, '0', static_cast<size_t>(kDecimals + 1 - digits));
      at_ = begin + kDecimals + 1;
    }
    at_[0] = at_[-1];
    at_[-1] = at_[-2];
    at_[-2] = at_[-3];
    at_[-3] = '.';
    ++at_;
  }
  void AddHex(std::span<const uint8_t> bytes) {
    base::WriteHex(bytes, at_);
    at_ += 2 * bytes.size();
  }

 private:
  char* at_;
};

template <size_t kCapacity>
template <typename Write>
void FixedText<kCapacity>::Set(Write write) {
  TextCursor cursor(text_.data());
  write(&cursor);
  size_ = static_cast<size_t>(cursor.at() - text_.data());
}

// A block of fixed size, which costs no memory until it is written. One thread at a time.
class TextBlock {
 public:
  // Throws std::bad_alloc.
  explicit TextBlock(size_t capacity)
      : text_(std::make_unique_for_overwrite<char[]>(capacity)), capacity_(capacity) {}

  size_t room() const { return capacity_ - size_; }
  std::string_view text() const { return {text_.get(), size_}; }
  void Clear() { size_ = 0; }

  // A cursor at the end of the text; what it adds is part of the text once it is given back.
  TextCursor cursor() const { return TextCursor(text_.get() + size_); }
  void Commit(const TextCursor& cursor) { size_ = static_cast<size_t>(cursor.at() - text_.get()); }

 private:
  std::unique_ptr<char[]> text_;
  size_t capacity_;
  size_t size_ = 0;
};

}  // namespace mlperf::log

#endif  // MLPERF_LOADGEN_LOG_TEXT_BLOCK_H_
