// The official settings of each benchmark, compiled in.
//
// Of the rounds v0.5, v0.7, v1.0, v1.1 and v6.1 the whole rules are here. Of those between v1.1 and
// v6.1 only the seeds are (until v2.1 also those of test05): the rest is as in v6.1.

#ifndef MLPERF_LOADGEN_SETTINGS_RULES_H_
#define MLPERF_LOADGEN_SETTINGS_RULES_H_

#include <string>
#include <string_view>
#include <vector>

#include "test_settings.h"

namespace mlperf::settings {

// Case matters.
bool IsRound(std::string_view name);

// "v0.5, v0.7, ...": every name that IsRound knows.
std::string RoundNames();

// Applies the rules of the round `settings.rules` for `model` and `scenario`. Throws SettingsError
// with the names there are when it is none of them; then nothing is changed.
void ApplyRules(std::string_view model, std::string_view scenario, TestSettings& settings);

// Every model that the rules of some round name.
const std::vector<std::string>& ModelsWithRules();

}  // namespace mlperf::settings

#endif  // MLPERF_LOADGEN_SETTINGS_RULES_H_
