// Scenarios and modes by the names that configs, logs and Python use.

#ifndef MLPERF_LOADGEN_SETTINGS_NAMES_H_
#define MLPERF_LOADGEN_SETTINGS_NAMES_H_

#include <optional>
#include <string>
#include <string_view>

#include "mlperf_loadgen/test_settings.h"
#include "scenario/traits.h"

namespace mlperf::settings {

// A scenario of the rounds until v1.1 which scripts may name, and no test can have.
inline constexpr auto kMultiStreamFree = static_cast<TestScenario>(5);

// "unknown" for a number that names none: the caller of C++ or Python can make one.
std::string_view Name(TestScenario scenario);
std::string_view Name(TestMode mode);

// MultiStreamFixedInterval goes by MultiStream, as in the rounds that had it.
std::string_view NameInConfigs(TestScenario scenario);

// Case matters. Nothing when no scenario or mode has this name.
std::optional<TestScenario> ScenarioFromName(std::string_view name);
std::optional<TestMode> ModeFromName(std::string_view name);

// For messages: "A, B or C".
std::string ScenarioNames();
std::string ScenarioNames(bool (*wanted)(const scenario::Traits&));  // of these
std::string ModeNames();

}  // namespace mlperf::settings

#endif  // MLPERF_LOADGEN_SETTINGS_NAMES_H_
