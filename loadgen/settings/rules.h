// The official settings of each benchmark, compiled in.

#ifndef MLPERF_LOADGEN_SETTINGS_RULES_H_
#define MLPERF_LOADGEN_SETTINGS_RULES_H_

#include <string_view>

namespace mlperf::settings {

// The round that a test uses when nobody chooses one.
inline constexpr std::string_view kDefaultRound = "v6.1";

// The rules of a round ("v6.1") as config text. Throws SettingsError naming the rounds there are.
std::string_view BuiltInRules(std::string_view round);

}  // namespace mlperf::settings

#endif  // MLPERF_LOADGEN_SETTINGS_RULES_H_
