#include "base/hex.h"

#include <array>
#include <bit>
#include <cstddef>
#include <cstring>

namespace mlperf::base {
namespace {

constexpr size_t kLanes = 16;

// GCC and Clang make the vector instructions that every processor of the target has (SSE2, NEON)
// out of these, and plain ones where there are none.
using Bytes = uint8_t __attribute__((vector_size(kLanes)));
using Pairs =
    uint16_t __attribute__((vector_size(2 * kLanes)));  // of digits, as they lie in memory

void WriteHexOfLanes(const uint8_t* bytes, char* text) {
  Bytes values{};
  std::memcpy(&values, bytes, sizeof values);
  const Pairs wide = __builtin_convertvector(values, Pairs);
  constexpr bool kLowFirst = std::endian::native == std::endian::little;
  const Pairs nibbles =
      kLowFirst ? wide >> 4 | (wide & 0xF) << 8 : (wide & 0xF0) << 4 | (wide & 0xF);
  const Pairs above_nine = (nibbles + 0x0606) >> 4 & 0x0101;
  const Pairs digits = nibbles + 0x3030 + (above_nine << 3) - above_nine;
  std::memcpy(text, &digits, sizeof digits);
}

}  // namespace

void WriteHex(std::span<const uint8_t> bytes, char* text) {
  for (; bytes.size() >= kLanes; bytes = bytes.subspan(kLanes), text += 2 * kLanes) {
    WriteHexOfLanes(bytes.data(), text);
  }
  if (bytes.empty()) return;
  std::array<uint8_t, kLanes> rest{};
  std::array<char, 2 * kLanes> digits{};
  std::memcpy(rest.data(), bytes.data(), bytes.size());
  WriteHexOfLanes(rest.data(), digits.data());
  std::memcpy(text, digits.data(), 2 * bytes.size());
}

}  // namespace mlperf::base
