// Names in a config, or asked for in it, that nothing knows: they would otherwise do nothing,
// silently.

#ifndef MLPERF_LOADGEN_SETTINGS_UNKNOWN_KEYS_H_
#define MLPERF_LOADGEN_SETTINGS_UNKNOWN_KEYS_H_

#include <string>
#include <string_view>
#include <vector>

#include "settings/config.h"

namespace mlperf::settings {

// A text for each line that is ignored but looks like a mistake, with its number and the nearest
// known name. A key that begins with '#', a line commented out, is left alone.
std::vector<std::string> UnknownKeyWarnings(const Config& config);

// What is wrong with this name of a scenario, "*" being fine too. Empty when nothing is.
std::string ScenarioMistake(std::string_view scenario);

// The same for a model: it has no rules, but its name is near that of one that has, or is one of
// those with more behind it, as in "bert-99.9".
std::string ModelMistake(std::string_view model);

// Why a file has nothing for `model` and `scenario`, with the models and scenarios that it has
// lines for; or that none of its lines names `model`, but one names another that is spelled nearly
// so. Empty when neither is the case.
std::string Misfit(const Config& config, std::string_view model, std::string_view scenario);

}  // namespace mlperf::settings

#endif  // MLPERF_LOADGEN_SETTINGS_UNKNOWN_KEYS_H_
