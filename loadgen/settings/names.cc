#include "settings/names.h"

#include <cstddef>

namespace mlperf::settings {
namespace {

// In the order of the enumerators.
constexpr std::string_view kScenarios[] = {"SingleStream", "MultiStream", "Server", "Offline",
                                           "MultiStreamFixedInterval"};
constexpr std::string_view kModes[] = {"SubmissionRun", "AccuracyOnly", "PerformanceOnly",
                                       "FindPeakPerformance"};

template <typename Enum, size_t kSize>
std::string_view NameOf(Enum value, const std::string_view (&names)[kSize]) {
  const auto index = static_cast<size_t>(value);
  return index < kSize ? names[index] : "unknown";
}

template <typename Enum, size_t kSize>
std::optional<Enum> Find(std::string_view name, const std::string_view (&names)[kSize]) {
  for (size_t i = 0; i < kSize; ++i) {
    if (names[i] == name) return static_cast<Enum>(i);
  }
  return std::nullopt;
}

}  // namespace

std::string_view Name(TestScenario scenario) { return NameOf(scenario, kScenarios); }
std::string_view NameInConfigs(TestScenario scenario) {
  return scenario == TestScenario::MultiStreamFixedInterval ? Name(TestScenario::MultiStream)
                                                            : Name(scenario);
}

std::string_view Name(TestMode mode) { return NameOf(mode, kModes); }

std::optional<TestScenario> ScenarioFromName(std::string_view name) {
  return Find<TestScenario>(name, kScenarios);
}

std::optional<TestMode> ModeFromName(std::string_view name) { return Find<TestMode>(name, kModes); }

}  // namespace mlperf::settings
