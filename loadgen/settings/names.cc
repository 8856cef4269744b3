#include "settings/names.h"

#include <cstddef>
#include <iterator>
#include <vector>

namespace mlperf::settings {
namespace {

// In the order of the enumerators.
constexpr std::string_view kModes[] = {"SubmissionRun", "AccuracyOnly", "PerformanceOnly",
                                       "FindPeakPerformance"};

std::string Either(const std::vector<std::string_view>& names) {
  std::string text;
  for (size_t i = 0; i < names.size(); ++i) {
    const char* const before = i == 0 ? "" : i + 1 < names.size() ? ", " : " or ";
    text.append(before).append(names[i]);
  }
  return text;
}

}  // namespace

std::string_view Name(TestScenario scenario) {
  return scenario::IsKnown(scenario) ? scenario::TraitsOf(scenario).name : "unknown";
}
std::string_view NameInConfigs(TestScenario scenario) {
  return scenario::TraitsOf(scenario).name_in_configs;
}

std::string_view Name(TestMode mode) {
  const auto index = static_cast<size_t>(mode);
  return index < std::size(kModes) ? kModes[index] : "unknown";
}

std::optional<TestScenario> ScenarioFromName(std::string_view name) {
  for (size_t i = 0; i < scenario::kCount; ++i) {
    if (scenario::kTable[i].name == name) return static_cast<TestScenario>(i);
  }
  return std::nullopt;
}

std::optional<TestMode> ModeFromName(std::string_view name) {
  for (size_t i = 0; i < std::size(kModes); ++i) {
    if (kModes[i] == name) return static_cast<TestMode>(i);
  }
  return std::nullopt;
}

std::string ScenarioNames() {
  return ScenarioNames([](const scenario::Traits&) { return true; });
}

std::string ScenarioNames(bool (*wanted)(const scenario::Traits&)) {
  std::vector<std::string_view> names;
  for (const scenario::Traits& traits : scenario::kTable) {
    if (wanted(traits)) names.emplace_back(traits.name);
  }
  return Either(names);
}

std::string ModeNames() { return Either({std::begin(kModes), std::end(kModes)}); }

}  // namespace mlperf::settings
