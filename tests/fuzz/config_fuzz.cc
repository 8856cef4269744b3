// A config of any bytes, from its text to the plan of a test, for every scenario.

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

#include "base/text.h"
#include "fuzz/properties.h"
#include "settings/apply.h"
#include "settings/config.h"
#include "settings/names.h"
#include "settings/unknown_keys.h"

namespace {

using mlperf::TestMode;
using mlperf::TestScenario;
using mlperf::TestSettings;
using mlperf::settings::Row;
using mlperf::settings::Source;

constexpr std::string_view kModel = "resnet50";

// Every text has the number of a line that there is, at its end or before a colon; but for those
// that are about the mode and the whole file.
void RequireLine(std::string_view note, uint64_t line_count) {
  REQUIRE(note.size() < 2000 && fuzz::IsUtf8(note), note);
  if (note == fuzz::kModeError || note.starts_with("no line ")) return;
  constexpr std::string_view kLine = ", line=";
  const bool is_error = note.starts_with("expected ") || note.starts_with("value ");
  const size_t at = is_error ? note.find(kLine) : note.rfind(kLine);
  REQUIRE(at != std::string_view::npos, note);
  const std::string_view digits = note.substr(at + kLine.size());
  uint64_t line = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), line);
  REQUIRE(error == std::errc(), note);
  REQUIRE(end == digits.data() + digits.size() || (is_error && *end == ':'), note);
  REQUIRE(line >= 1 && line <= line_count, note);
}

std::string InConfig(double value, double factor) {
  constexpr double kLargest = std::numeric_limits<double>::max();
  char digits[64];
  const auto end = std::to_chars(digits, digits + sizeof(digits),
                                 std::clamp(value / factor, -kLargest, kLargest));
  return {digits, end.ptr};
}
std::string InConfig(uint64_t value, double factor) {
  return std::to_string(value / static_cast<uint64_t>(factor));
}
std::string InConfig(bool value, double) { return value ? "1" : "0"; }
std::string InConfig(TestMode value, double) { return std::to_string(static_cast<int>(value)); }
template <typename T>
std::string InConfig(const T&, double) {
  return {};
}

bool IsOf(const Row& row, TestScenario scenario) {
  return row.config->scenario.value_or(scenario) == scenario;
}

// All that a config can set for the scenario, as one.
std::string AsConfig(const TestSettings& settings) {
  std::string text;
  for (const Row& row : mlperf::settings::Table()) {
    if (!row.config || !IsOf(row, settings.scenario)) continue;
    const std::string value = std::visit(
        [&](auto member) { return InConfig(settings.*member, row.config->factor); }, row.member);
    text.append("*.").append(mlperf::settings::NameInConfigs(settings.scenario)).append(".");
    text.append(row.config->name).append(" = ").append(value).append("\n");
  }
  return text;
}

// What was read is read again from what it is written as.
void RequireSameWhenWritten(const TestSettings& settings) {
  TestSettings again = settings;
  const std::string text = AsConfig(settings);
  const std::string scenario(mlperf::settings::Name(settings.scenario));
  for (const Row& row : mlperf::settings::Table()) {
    if (!row.config || (row.needs != nullptr && !(settings.*row.needs))) continue;
    if (!IsOf(row, settings.scenario)) continue;
    const TestSettings defaults;
    std::visit([&](auto member) { again.*member = defaults.*member; }, row.member);
  }
  const bool applied = mlperf::settings::Apply(text, kModel, scenario, Source::kRules, again);
  REQUIRE(applied, text);
  const std::string_view difference = fuzz::FirstDifference(settings, again);
  REQUIRE(difference.empty(), std::string(difference) + "\n" + text);
}

void RequireParsed(std::string_view text, uint64_t line_count) {
  const mlperf::settings::Config config = mlperf::settings::ParseConfig(text);
  for (const std::string& error : config.errors) RequireLine(error, line_count);
  for (const std::string& mistake : mlperf::settings::UnknownKeyWarnings(config)) {
    RequireLine(mistake, line_count);
  }
  for (const auto& [key, number] : config.values) {
    REQUIRE(std::isfinite(number.real), key);
    REQUIRE(number.line >= 1 && static_cast<uint64_t>(number.line) <= line_count, key);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  uint64_t line_count = 1;
  for (const char c : text) line_count += c == '\n' ? 1 : 0;
  RequireParsed(text, line_count);

  // One of the two for a text, as the other would take as long again.
  const Source source = size % 2 == 0 ? Source::kFile : Source::kRules;
  for (const TestScenario scenario : fuzz::kScenarios) {
    TestSettings before;
    before.scenario = scenario;
    before.min_duration_ms = 10;  // a short plan
    TestSettings settings = before;
    const std::string name(mlperf::settings::Name(scenario));
    const bool applied = mlperf::settings::Apply(text, kModel, name, source, settings);
    bool has_error = false;
    for (const mlperf::SettingsNote& note : settings.notes) {
      RequireLine(note.text, line_count);
      has_error |= note.is_error;
    }
    if (!applied) {
      REQUIRE(has_error, "refused without a reason");
      REQUIRE(fuzz::FirstDifference(before, settings).empty(), "refused, and yet applied");
      continue;
    }
    REQUIRE(settings.scenario == scenario, "another scenario");
    RequireSameWhenWritten(settings);
    fuzz::RequireRefusedOrPlanned(settings, 100, 30);
  }
  return 0;
}
