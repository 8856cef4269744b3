#include "base/hex.h"

#include <array>
#include <cstddef>
#include <cstring>

// What GCC and Clang call the same thing.
#ifdef __clang__
#define MLPERF_PICK(a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)
#else
#define MLPERF_PICK(a, b, ...) __builtin_shuffle(a, b, Lanes{__VA_ARGS__})
#endif

namespace mlperf::base {
namespace {

constexpr size_t kLanes = 16;

// Both compilers make the vector instructions that every processor of the target has (SSE2, NEON)
// out of this, and plain ones where there are none.
using Lanes = uint8_t __attribute__((vector_size(kLanes)));
using SignedLanes = int8_t __attribute__((vector_size(kLanes)));  // all that SSE2 can compare

// Of values from 0 to 15.
Lanes Digits(Lanes values) {
  constexpr uint8_t kToLetters = 'A' - '9' - 1;
  const auto above_nine = reinterpret_cast<Lanes>(reinterpret_cast<SignedLanes>(values) > 9);
  return values + '0' + (above_nine & kToLetters);
}

void WriteHexOfLanes(const uint8_t* bytes, char* text) {
  Lanes values{};
  std::memcpy(&values, bytes, sizeof values);
  const Lanes high = Digits(values >> 4);
  const Lanes low = Digits(values & 0xF);
  const Lanes first =
      MLPERF_PICK(high, low, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
  const Lanes second =
      MLPERF_PICK(high, low, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
  std::memcpy(text, &first, sizeof first);
  std::memcpy(text + kLanes, &second, sizeof second);
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
