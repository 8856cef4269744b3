#include "base/text.h"

#include <array>
#include <charconv>
#include <cmath>

namespace mlperf::base {
namespace {

template <typename... Format>
std::string ToChars(double value, Format... format) {
  // The widest case is Fixed() of the largest double: 309 digits, a point and the decimals.
  std::array<char, 512> buffer{};
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, format...);
  return {buffer.data(), end.ptr};
}

}  // namespace

std::string General(double value) { return ToChars(value, std::chars_format::general, 6); }

std::string Fixed(double value, int decimals) {
  return ToChars(value, std::chars_format::fixed, decimals);
}

std::string JsonNumber(double value) { return std::isfinite(value) ? General(value) : "0"; }

std::string JsonNumber(int64_t value) { return std::to_string(value); }

std::string JsonNumber(uint64_t value) { return std::to_string(value); }

std::string JsonBool(bool value) { return value ? "true" : "false"; }

std::string JsonString(std::string_view text) {
  std::string out = "\"";
  out.reserve(text.size() + 2);
  for (const char c : text) {
    switch (c) {
      case '"': out += "\\\""; break;
      case '\\': out += "\\\\"; break;
      case '\b': out += "\\b"; break;
      case '\f': out += "\\f"; break;
      case '\n': out += "\\n"; break;
      case '\r': out += "\\r"; break;
      case '\t': out += "\\t"; break;
      default:
        if (static_cast<unsigned char>(c) < 0x20) {
          constexpr std::string_view kHex = "0123456789ABCDEF";
          out += "\\u00";
          out += kHex[static_cast<unsigned char>(c) >> 4];
          out += kHex[c & 0xF];
        } else {
          out += c;
        }
    }
  }
  out += '"';
  return out;
}

std::string JsonList(const QuerySampleIndex* values, size_t size) {
  std::string out = "[";
  for (size_t i = 0; i < size; ++i) {
    if (i != 0) out += ',';
    out += std::to_string(values[i]);
  }
  out += ']';
  return out;
}

std::string OneLine(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c == '\n') c = ' ';
  }
  return out;
}

}  // namespace mlperf::base
