// A double as text for a program to read.

#ifndef MLPERF_LOADGEN_C_NUMBER_TEXT_H_
#define MLPERF_LOADGEN_C_NUMBER_TEXT_H_

#include <array>
#include <charconv>
#include <string>

namespace mlperf::c {

// The shortest that is read back as the same number; independent of the locale.
inline std::string NumberText(double value) {
  std::array<char, 32> buffer{};
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value);
  return {buffer.data(), end.ptr};
}

}  // namespace mlperf::c

#endif  // MLPERF_LOADGEN_C_NUMBER_TEXT_H_
