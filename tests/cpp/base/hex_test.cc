#include "base/hex.h"

#include <string>
#include <vector>

#include "check.h"

using mlperf::base::WriteHex;

namespace {

std::string DigitByDigit(std::span<const uint8_t> bytes) {
  std::string text;
  for (const uint8_t byte : bytes) {
    text += "0123456789ABCDEF"[byte >> 4];
    text += "0123456789ABCDEF"[byte & 15];
  }
  return text;
}

}  // namespace

TEST(every_byte) {
  std::vector<uint8_t> bytes(256);
  for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<uint8_t>(i);
  std::string text(2 * bytes.size(), '?');
  WriteHex(bytes, text.data());
  CHECK_EQ(text, DigitByDigit(bytes));
}

// The bytes on either side of the text stay as they were.
TEST(every_length_and_alignment) {
  constexpr size_t kLongest = 200;
  constexpr size_t kAlignments = 17;
  std::vector<uint8_t> bytes(kLongest + kAlignments);
  for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<uint8_t>(i * 151 + 7);
  for (size_t size = 0; size <= kLongest; ++size) {
    for (size_t at = 0; at < kAlignments; ++at) {
      const std::span<const uint8_t> part(bytes.data() + at, size);
      const std::string left(at + 1, '<');
      std::string text = left + std::string(2 * size, '?') + '>';
      WriteHex(part, text.data() + left.size());
      CHECK_EQ(text, left + DigitByDigit(part) + '>');
    }
  }
}
