// Formats numbers and strings as the log files need them, independent of the locale.

#ifndef MLPERF_LOADGEN_BASE_TEXT_H_
#define MLPERF_LOADGEN_BASE_TEXT_H_

#include <cstdint>
#include <string>
#include <string_view>

namespace mlperf::base {

// printf's %g: 6 significant digits, no trailing zeros.
std::string General(double value);

// printf's %.<decimals>f.
std::string Fixed(double value, int decimals);

// The value as one JSON token. A double that is not finite becomes 0: the strict readers of the
// detail log refuse NaN, and 0/0 is not a rate.
std::string JsonNumber(double value);
std::string JsonNumber(int64_t value);
std::string JsonNumber(uint64_t value);
std::string JsonBool(bool value);

// `text` with U+FFFD in the place of every byte that is not UTF-8.
std::string Utf8(std::string_view text);

// Quoted, in UTF-8 whatever the bytes of `text`. What JSON requires is escaped, and every other
// character that controls a terminal or ends a line for some reader.
std::string JsonString(std::string_view text);

// A text from outside as it goes into ours: one line of UTF-8 that controls no terminal. "\n", "\r"
// and tabs become a space each, other control characters and line separators an escape: \x1b,
// \u2028. Of a text longer than kMostOfText the beginning, which says so.
std::string OneLine(std::string_view text);
inline constexpr size_t kMostOfText = 8192;  // bytes

// The text that JsonString has made this of, on one line.
std::string OneLineOfJson(std::string_view json);

// Three significant digits and a unit from ns to s: 1230000 is "1.23 ms".
std::string Duration(int64_t ns);

}  // namespace mlperf::base

#endif  // MLPERF_LOADGEN_BASE_TEXT_H_
