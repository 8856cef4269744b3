// Checks whether text is JSON, by rules that are written here independently of the core's.

#ifndef MLPERF_LOADGEN_TESTS_FUZZ_JSON_H_
#define MLPERF_LOADGEN_TESTS_FUZZ_JSON_H_

#include <cctype>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace fuzz {

// Decodes every character and encodes it again: only the shortest form comes out as it went in.
inline bool IsUtf8(std::string_view text) {
  for (size_t i = 0; i < text.size();) {
    const auto byte = [&](size_t at) { return static_cast<unsigned char>(text[at]); };
    const size_t size = byte(i) < 0x80 ? 1 : byte(i) < 0xE0 ? 2 : byte(i) < 0xF0 ? 3 : 4;
    if ((byte(i) & 0xC0U) == 0x80 || byte(i) >= 0xF8 || i + size > text.size()) return false;
    uint32_t code = size == 1 ? byte(i) : byte(i) & (0x7FU >> size);
    for (size_t k = 1; k < size; ++k) {
      if ((byte(i + k) & 0xC0U) != 0x80) return false;
      code = code << 6U | (byte(i + k) & 0x3FU);
    }
    constexpr uint32_t kLeast[] = {0, 0, 0x80, 0x800, 0x10000};
    if (code < kLeast[size] || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) return false;
    i += size;
  }
  return true;
}

// What a JSON string on its own stands for; nothing when it is none. Pairs of
// escapes, for characters above U+FFFF, are not known.
inline std::optional<std::string> DecodeString(std::string_view json) {
  if (json.size() < 2 || json.front() != '"' || json.back() != '"' || !IsUtf8(json)) return {};
  json = json.substr(1, json.size() - 2);
  std::string text;
  for (size_t i = 0; i < json.size(); ++i) {
    const char c = json[i];
    if (c == '"' || static_cast<unsigned char>(c) < 0x20) return {};
    if (c != '\\') {
      text += c;
      continue;
    }
    if (++i == json.size()) return {};
    constexpr std::string_view kEscapes = "\"\\/bfnrt";
    constexpr std::string_view kMeanings = "\"\\/\b\f\n\r\t";
    const size_t known = kEscapes.find(json[i]);
    if (known != std::string_view::npos) {
      text += kMeanings[known];
      continue;
    }
    if (json[i] != 'u' || json.size() - i < 5) return {};
    unsigned code = 0;
    for (const char digit : json.substr(i + 1, 4)) {
      const size_t value = std::string_view("0123456789ABCDEF").find(digit);
      if (value == std::string_view::npos) return {};
      code = code * 16 + static_cast<unsigned>(value);
    }
    if (code >= 0xD800 && code <= 0xDFFF) return {};
    if (code < 0x80) {
      text += static_cast<char>(code);
    } else if (code < 0x800) {
      text += static_cast<char>(0xC0U | code >> 6U);
      text += static_cast<char>(0x80U | (code & 0x3FU));
    } else {
      text += static_cast<char>(0xE0U | code >> 12U);
      text += static_cast<char>(0x80U | (code >> 6U & 0x3FU));
      text += static_cast<char>(0x80U | (code & 0x3FU));
    }
    i += 4;
  }
  return text;
}

// -?digits[.digits][e[+-]digits], without leading zeros.
inline bool IsNumber(std::string_view text) {
  const auto digits = [&] {
    size_t n = 0;
    while (n < text.size() && std::isdigit(static_cast<unsigned char>(text[n])) != 0) ++n;
    text.remove_prefix(n);
    return n;
  };
  const auto take = [&](std::string_view any) {
    const bool taken = !text.empty() && any.find(text[0]) != std::string_view::npos;
    if (taken) text.remove_prefix(1);
    return taken;
  };
  take("-");
  const bool zero = text.starts_with('0');
  const size_t whole = digits();
  if (whole == 0 || (zero && whole > 1)) return false;
  if (take(".") && digits() == 0) return false;
  if (take("eE")) {
    take("+-");
    if (digits() == 0) return false;
  }
  return text.empty();
}

// The values that entries of the detail log have: no objects, no nested lists.
inline bool IsValue(std::string_view json) {
  return json == "true" || json == "false" || IsNumber(json) || DecodeString(json).has_value();
}

}  // namespace fuzz

#endif  // MLPERF_LOADGEN_TESTS_FUZZ_JSON_H_
