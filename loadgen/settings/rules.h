// The official settings of each benchmark, compiled in.
//
// Of the rounds v0.5, v0.7, v1.0, v1.1 and v6.1 the whole rules are here. Of those between v1.1 and
// v6.1 only the seeds are (until v4.1 also those of test05): the rest is as in v6.1.

#ifndef MLPERF_LOADGEN_SETTINGS_RULES_H_
#define MLPERF_LOADGEN_SETTINGS_RULES_H_

#include <string>
#include <string_view>
#include <vector>

#include "mlperf_loadgen/test_settings.h"
#include "settings/apply.h"

namespace mlperf::settings {

// Case matters.
bool IsRound(std::string_view name);

// "v0.5, v0.7, ...": every name that IsRound knows.
std::string RoundNames();

// Applies the rules of the round `settings.rules` for `model` and `scenario`. Throws SettingsError
// with the names there are when it is none of them; then nothing is changed. Appends to `origins`
// as Apply does.
void ApplyRules(std::string_view model, std::string_view scenario, TestSettings& settings,
                std::vector<Origin>* origins = nullptr);

// For the rules file of a round, an mlperf.conf: says which round's it is, by the seeds that it has
// for `model` and `scenario`, and makes that `settings.rules` unless another than the default is
// asked for. Leaves other files, which do not set all three seeds, alone.
void RecogniseRound(std::string_view text, std::string_view model, std::string_view scenario,
                    TestSettings& settings);

// In the rounds that know no other, MultiStream means MultiStreamFixedInterval: `settings` with
// that scenario then, and with the samples per query and the percentile given for MultiStream.
// Throws SettingsError for MultiStreamFree, which is none of ours.
TestSettings WithScenarioOfRound(TestSettings settings);

// Every model that the rules of some round name.
const std::vector<std::string>& ModelsWithRules();

}  // namespace mlperf::settings

#endif  // MLPERF_LOADGEN_SETTINGS_RULES_H_
