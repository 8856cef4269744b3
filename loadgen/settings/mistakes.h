// Names in a config that nothing knows: such a line would otherwise do nothing, silently.

#ifndef MLPERF_LOADGEN_SETTINGS_MISTAKES_H_
#define MLPERF_LOADGEN_SETTINGS_MISTAKES_H_

#include <string>
#include <string_view>
#include <vector>

#include "settings/config.h"

namespace mlperf::settings {

// A text for each line that is ignored but looks like a mistake, with its number and the nearest
// known name. A key that begins with '#', a line commented out, is left alone.
std::vector<std::string> Mistakes(const Config& config);

// What is wrong with this name of a scenario, "*" being fine too. Empty when nothing is.
std::string ScenarioMistake(std::string_view scenario);

}  // namespace mlperf::settings

#endif  // MLPERF_LOADGEN_SETTINGS_MISTAKES_H_
