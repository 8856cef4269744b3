// Texts and numbers of any bits, as the logs write them.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>

#include "base/text.h"
#include "fuzz/json.h"
#include "fuzz/require.h"

namespace {

using mlperf::base::Utf8;

void RequireText(std::string_view text) {
  const std::string clean = Utf8(text);
  REQUIRE(fuzz::IsUtf8(clean), clean);
  REQUIRE(Utf8(clean) == clean, clean);
  REQUIRE(!fuzz::IsUtf8(text) || clean == text, text);

  const std::string json = mlperf::base::JsonString(text);
  const auto decoded = fuzz::DecodeString(json);
  REQUIRE(decoded.has_value() && *decoded == clean, json);

  const std::string line = mlperf::base::OneLine(text);
  const auto controls = [](unsigned char c) { return c < 0x20 || c == 0x7F; };
  REQUIRE(std::none_of(line.begin(), line.end(), controls), line);
  REQUIRE(fuzz::IsUtf8(line), line);
  REQUIRE(mlperf::base::OneLineOfJson(json).size() <= 6 * mlperf::base::kMostOfText, json);
}

void RequireNumber(double value) {
  const std::string json = mlperf::base::JsonNumber(value);
  REQUIRE(fuzz::IsNumber(json), json);
  if (!std::isfinite(value)) {
    REQUIRE(json == "0", json);
    return;
  }
  const double read = std::strtod(json.c_str(), nullptr);
  // The largest double, rounded to six digits, lies beyond it; the smallest have fewer digits.
  const bool has_six_digits = std::abs(value) >= 1e-300 && std::abs(value) <= 1e308;
  REQUIRE(!has_six_digits || std::abs(read - value) <= 6e-6 * std::abs(value), json);
  const std::string fixed = mlperf::base::Fixed(value, 6);
  REQUIRE(fuzz::IsNumber(fixed), fixed);
  const double error = std::abs(std::strtod(fixed.c_str(), nullptr) - value);
  REQUIRE(error <= std::max(6e-7, 1e-15 * std::abs(value)), fixed);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  RequireText({reinterpret_cast<const char*>(data), size});
  for (; size >= sizeof(uint64_t); ++data, --size) {
    uint64_t bits = 0;
    std::memcpy(&bits, data, sizeof(bits));
    double value = 0;
    std::memcpy(&value, data, sizeof(value));
    RequireNumber(value);
    const auto whole = static_cast<int64_t>(bits);
    const std::string json = mlperf::base::JsonNumber(whole);
    REQUIRE(std::strtoll(json.c_str(), nullptr, 10) == whole, json);
    REQUIRE(std::strtoull(mlperf::base::JsonNumber(bits).c_str(), nullptr, 10) == bits, json);
  }
  return 0;
}
