// Writes bytes as hexadecimal digits.

#ifndef MLPERF_LOADGEN_BASE_HEX_H_
#define MLPERF_LOADGEN_BASE_HEX_H_

#include <cstdint>
#include <span>

namespace mlperf::base {

// Writes two digits, upper case, for each byte to `text`, which has room for them and does not
// overlap `bytes`. Any alignment.
void WriteHex(std::span<const uint8_t> bytes, char* text);

}  // namespace mlperf::base

#endif  // MLPERF_LOADGEN_BASE_HEX_H_
