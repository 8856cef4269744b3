#include "settings/config.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>
#include <system_error>
#include <utility>

#include "base/text.h"

namespace mlperf::settings {
namespace {

constexpr std::string_view kSpace = " \t\r\v\f";

// Takes the next token off the front of `line`. Empty at its end.
std::string_view NextToken(std::string_view& line) {
  line.remove_prefix(std::min(line.find_first_not_of(kSpace), line.size()));
  const std::string_view token = line.substr(0, line.find_first_of(kSpace));
  line.remove_prefix(token.size());
  return token;
}

// Takes a sign off the front of `text`; whether it was a minus.
bool TakeSign(std::string_view& text) {
  if (text.empty() || (text[0] != '-' && text[0] != '+')) return false;
  const bool negative = text[0] == '-';
  text.remove_prefix(1);
  return negative;
}

// Takes "0x" off the front of `text`; whether it was there.
bool TakeHexPrefix(std::string_view& text) {
  if (text.size() < 2 || text[0] != '0' || (text[1] != 'x' && text[1] != 'X')) return false;
  text.remove_prefix(2);
  return true;
}

bool StartsWithDigit(std::string_view text, bool hex) {
  if (text.empty()) return false;
  const char c = text[0];
  return (c >= '0' && c <= '9') || (hex && ((c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F')));
}

// The whole of `text` as a finite number.
std::optional<double> ParseReal(std::string_view text) {
  const bool negative = TakeSign(text);
  const bool hex = TakeHexPrefix(text);
  // from_chars also knows a second sign, "inf" and "nan".
  if (!StartsWithDigit(text, hex) && !text.starts_with('.')) return std::nullopt;
  double value = 0;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), value,
                      hex ? std::chars_format::hex : std::chars_format::general);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value)) {
    return std::nullopt;
  }
  return negative ? -value : value;
}

void ParseLeadingInteger(std::string_view text, Number& number) {
  const bool negative = TakeSign(text);
  const bool octal = text.starts_with('0');
  const bool hex = TakeHexPrefix(text);
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number.integer,
                                            hex     ? 16
                                            : octal ? 8
                                                    : 10);
  if (error == std::errc::result_out_of_range) {
    number.integer = std::numeric_limits<uint64_t>::max();
    number.integer_overflows = true;
  } else if (negative) {
    number.integer = 0 - number.integer;
  }
}

std::optional<Number> ParseNumber(std::string_view text, int line) {
  const std::optional<double> real = ParseReal(text);
  if (!real) return std::nullopt;
  Number number;
  number.real = *real;
  number.text = text;
  number.line = line;
  ParseLeadingInteger(text, number);
  return number;
}

// Names the value of a line that is not a number, and says what the line should be.
std::string NoNumber(std::string_view token, std::string_view line) {
  return "'" + Clip(token) + "' in '" + Clip(line) + "' is not a number; " +
         (token.starts_with('#') ? "a comment takes a line of its own"
                                 : "the form is 'key = value', with one number");
}

void ParseLine(std::string_view line, int line_number, Config& config) {
  const std::string_view whole = line.substr(0, line.find_last_not_of(kSpace) + 1);
  const std::string_view key = NextToken(line);
  if (key.empty() || key == "#") return;

  const std::string_view equals = NextToken(line);
  if (!equals.empty() && equals != "#" && equals != "=") {
    AddAtLine("expected 'key=value'", line_number, config.errors,
              "'" + Clip(whole) + "' is not of the form 'key = value', with spaces around '='");
    return;
  }
  std::string_view token = equals == "=" ? NextToken(line) : std::string_view();
  if (token.empty()) {
    if (!key.starts_with('#')) {
      AddAtLine("'" + Clip(key) +
                    "' has no value and is ignored; the form is 'key = value', with spaces around "
                    "'='",
                line_number, config.warnings);
    }
    return;
  }

  Number last;
  for (; !token.empty(); token = NextToken(line)) {
    const std::optional<Number> number = ParseNumber(token, line_number);
    if (!number) {
      AddAtLine("value needs to be integer or double", line_number, config.errors,
                NoNumber(token, whole));
      return;
    }
    last = *number;
  }
  config.values.insert_or_assign(std::string(key), std::move(last));
}

}  // namespace

Config ParseConfig(std::string_view text) {
  Config config;
  if (text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF")) {
    AddAtLine("expected 'key=value'", 1, config.errors, "the file is in UTF-16; save it as UTF-8");
    return config;
  }
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);  // the byte order mark of UTF-8
  for (int line_number = 1; !text.empty(); ++line_number) {
    const std::string_view line = text.substr(0, text.find('\n'));
    ParseLine(line, line_number, config);
    text.remove_prefix(std::min(line.size() + 1, text.size()));
  }
  return config;
}

const std::pair<const std::string, Number>* Lookup(const Config& config, std::string_view model,
                                                   std::string_view scenario,
                                                   std::string_view name) {
  const std::pair<std::string_view, std::string_view> prefixes[] = {
      {model, scenario}, {"*", scenario}, {model, "*"}, {"*", "*"}};
  for (const auto& [m, s] : prefixes) {
    std::string key(m);
    key.append(".").append(s).append(".").append(name);
    const auto found = config.values.find(key);
    if (found != config.values.end()) return &*found;
  }
  return nullptr;
}

std::optional<Key> SplitKey(std::string_view key) {
  const size_t name_dot = key.rfind('.');
  if (name_dot == 0 || name_dot == std::string_view::npos) return std::nullopt;
  const size_t scenario_dot = key.rfind('.', name_dot - 1);
  if (scenario_dot == std::string_view::npos) return std::nullopt;
  return Key{key.substr(0, scenario_dot), key.substr(scenario_dot + 1, name_dot - scenario_dot - 1),
             key.substr(name_dot + 1)};
}

void AddAtLine(std::string_view text, int line, std::vector<std::string>& texts,
               std::string_view more) {
  constexpr size_t kMost = 100;
  if (texts.size() > kMost) return;
  const bool last = texts.size() == kMost;
  texts.emplace_back(last ? "there are more such lines" : text);
  texts.back() += ", line=" + std::to_string(line);
  if (!last && !more.empty()) texts.back().append(": ").append(more);
}

std::string Clip(std::string_view text) {
  constexpr size_t kLongest = 80;
  size_t end = std::min(text.size(), kLongest);
  // Not within a character.
  while (end > 0 && end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80) {
    --end;
  }
  const std::string clipped = base::OneLine(text.substr(0, end));
  return end < text.size() ? clipped + "..." : clipped;
}

}  // namespace mlperf::settings
