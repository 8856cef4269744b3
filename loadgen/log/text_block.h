// Text on its way into a file.

#ifndef MLPERF_LOADGEN_LOG_TEXT_BLOCK_H_
#define MLPERF_LOADGEN_LOG_TEXT_BLOCK_H_

#include <charconv>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>

#include "base/hex.h"

namespace mlperf::log {

// A block of fixed size, which costs no memory until it is written. Whoever adds to it sees to it
// that there is room. One thread at a time.
class TextBlock {
 public:
  static constexpr size_t kMostOfNumber = 20;

  // Throws std::bad_alloc.
  explicit TextBlock(size_t capacity)
      : text_(std::make_unique_for_overwrite<char[]>(capacity)), capacity_(capacity) {}

  size_t room() const { return capacity_ - size_; }
  std::string_view text() const { return {text_.get(), size_}; }
  void Clear() { size_ = 0; }

  void Add(char c) { text_[size_++] = c; }
  void Add(std::string_view text) {
    std::memcpy(end(), text.data(), text.size());
    size_ += text.size();
  }
  template <typename Integer>
  void AddNumber(Integer value) {
    size_ =
        static_cast<size_t>(std::to_chars(end(), end() + kMostOfNumber, value).ptr - text_.get());
  }
  void AddHex(std::span<const uint8_t> bytes) {
    base::WriteHex(bytes, end());
    size_ += 2 * bytes.size();
  }

 private:
  char* end() const { return text_.get() + size_; }

  std::unique_ptr<char[]> text_;
  size_t capacity_;
  size_t size_ = 0;
};

}  // namespace mlperf::log

#endif  // MLPERF_LOADGEN_LOG_TEXT_BLOCK_H_
