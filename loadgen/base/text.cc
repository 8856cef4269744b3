#include "base/text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <utility>

namespace mlperf::base {
namespace {

template <typename... Format>
std::string ToChars(double value, Format... format) {
  // The widest case is Fixed() of the largest double: 309 digits, a point and the decimals.
  std::array<char, 512> buffer{};
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, format...);
  return {buffer.data(), end.ptr};
}

// How many bytes the character takes that `text` begins with. 0 if these are not UTF-8.
size_t CharacterSize(std::string_view text) {
  const auto byte = [&](size_t i) {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
  };
  const unsigned first = byte(0);
  if (first < 0x80) return 1;
  if (first < 0xC2 || first > 0xF4) return 0;
  const size_t size = first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
  for (size_t i = 1; i < size; ++i) {
    if (byte(i) < 0x80 || byte(i) > 0xBF) return 0;
  }
  // No longer than needed, no halves of UTF-16 pairs, nothing above U+10FFFF.
  const unsigned second = byte(1);
  const bool refused = (first == 0xE0 && second < 0xA0) || (first == 0xED && second > 0x9F) ||
                       (first == 0xF0 && second < 0x90) || (first == 0xF4 && second > 0x8F);
  return refused ? 0 : size;
}

// The code of a character that controls a terminal or ends a line; -1 for any other.
int ControlCode(std::string_view character) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(character[i]); };
  switch (character.size()) {
    case 1: return byte(0) < 0x20 || byte(0) == 0x7F ? byte(0) : -1;
    case 2: return byte(0) == 0xC2 && byte(1) < 0xA0 ? byte(1) : -1;
    case 3: {
      const bool separates = byte(0) == 0xE2 && byte(1) == 0x80 && (byte(2) | 1U) == 0xA9;
      return separates ? 0x2000 + (byte(2) & 0x3F) : -1;
    }
    default: return -1;
  }
}

// Calls `act` with each character of `text`, U+FFFD for every byte that is not UTF-8.
template <typename Act>
void ForEachCharacter(std::string_view text, Act act) {
  while (!text.empty()) {
    const size_t size = CharacterSize(text);
    act(size == 0 ? std::string_view("\xEF\xBF\xBD") : text.substr(0, size));
    text.remove_prefix(size == 0 ? 1 : size);
  }
}

std::string Hex(int code, int digits, const char* alphabet) {
  std::string hex;
  for (int shift = 4 * (digits - 1); shift >= 0; shift -= 4) hex += alphabet[(code >> shift) & 0xF];
  return hex;
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

std::string Utf8(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  ForEachCharacter(text, [&](std::string_view character) { out += character; });
  return out;
}

std::string JsonString(std::string_view text) {
  std::string out = "\"";
  out.reserve(text.size() + 2);
  ForEachCharacter(text, [&](std::string_view character) {
    switch (character[0]) {
      case '"': out += "\\\""; break;
      case '\\': out += "\\\\"; break;
      case '\b': out += "\\b"; break;
      case '\f': out += "\\f"; break;
      case '\n': out += "\\n"; break;
      case '\r': out += "\\r"; break;
      case '\t': out += "\\t"; break;
      default:
        if (const int code = ControlCode(character); code >= 0) {
          out += "\\u" + Hex(code, 4, "0123456789ABCDEF");
        } else {
          out += character;
        }
    }
  });
  out += '"';
  return out;
}

std::string OneLine(std::string_view text) {
  size_t end = std::min(text.size(), kMostOfText);
  // Not within a character.
  for (int i = 0; i < 3 && end < text.size() && (text[end] & 0xC0) == 0x80; ++i) --end;
  std::string out;
  out.reserve(end);
  ForEachCharacter(text.substr(0, end), [&](std::string_view character) {
    const int code = ControlCode(character);
    constexpr const char* kDigits = "0123456789abcdef";
    if (code < 0) {
      out += character;
    } else if (code == '\n' || code == '\r' || code == '\t') {
      out += ' ';
    } else {
      out += code < 0x100 ? "\\x" + Hex(code, 2, kDigits) : "\\u" + Hex(code, 4, kDigits);
    }
  });
  if (end < text.size()) out += "... (cut: " + std::to_string(text.size()) + " bytes)";
  return out;
}

std::string OneLineOfJson(std::string_view json) {
  if (!json.starts_with('"') || !json.ends_with('"') || json.size() < 2) return std::string(json);
  json = json.substr(1, json.size() - 2);
  std::string text;
  text.reserve(json.size());
  for (size_t i = 0; i < json.size(); ++i) {
    if (json[i] != '\\') {
      text += json[i];
    } else if (const char escaped = json[++i]; escaped == '"' || escaped == '\\') {
      text += escaped;
    } else if (escaped == 'u') {
      (text += "\\u") += json.substr(i + 1, 4);
      i += 4;
    } else {
      text += ' ';
    }
  }
  return OneLine(text);
}

std::string Duration(int64_t ns) {
  constexpr std::pair<double, const char*> kUnits[] = {{1e3, "ns"}, {1e6, "us"}, {1e9, "ms"}};
  const auto digits = [](double value) {
    const double size = std::abs(value);
    return Fixed(value, size >= 100 ? 0 : size >= 10 ? 1 : 2);
  };
  const auto value = static_cast<double>(ns);
  for (const auto& [below, unit] : kUnits) {
    if (std::abs(value) < below) return digits(value / (below / 1e3)) + " " + unit;
  }
  return digits(value / 1e9) + " s";
}

}  // namespace mlperf::base
