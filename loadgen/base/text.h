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

// `text` with U+FFFD in the place of every byte that is not UTF-8.
std::string Utf8(std::string_view text);

// Quoted, with everything JSON wants escaped; UTF-8 whatever the bytes of `text`.
std::string JsonString(std::string_view text);

// [1,2,3]
std::string JsonList(const QuerySampleIndex* values, size_t size);

// `text` as UTF-8 with each line break, "\n" or "\r", replaced by one space.
std::string OneLine(std::string_view text);

}  // namespace mlperf::base

#endif  // MLPERF_LOADGEN_BASE_TEXT_H_
