// Numbers and strings as the log files spell them. Independent of the locale.

#ifndef MLPERF_LOADGEN_BASE_TEXT_H_
#define MLPERF_LOADGEN_BASE_TEXT_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "query_sample.h"

namespace mlperf::base {

// printf's %g: 6 significant digits, no trailing zeros.
std::string General(double value);

// printf's %.<decimals>f.
std::string Fixed(double value, int decimals);

// The value as one JSON token. A double that is not finite becomes 0: the strict readers of the
// detail log refuse NaN, and a ratio of nothing to nothing is no rate.
std::string JsonNumber(double value);
std::string JsonNumber(int64_t value);
std::string JsonNumber(uint64_t value);
std::string JsonBool(bool value);

// Quoted, with everything JSON wants escaped. Bytes above 0x7F pass through.
std::string JsonString(std::string_view text);

// [1,2,3]
std::string JsonList(const QuerySampleIndex* values, size_t size);

// `text` with each line break replaced by one space.
std::string OneLine(std::string_view text);

}  // namespace mlperf::base

#endif  // MLPERF_LOADGEN_BASE_TEXT_H_
