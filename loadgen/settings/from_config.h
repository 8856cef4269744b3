// A config file, or the built-in rules, onto settings.

#ifndef MLPERF_LOADGEN_SETTINGS_FROM_CONFIG_H_
#define MLPERF_LOADGEN_SETTINGS_FROM_CONFIG_H_

#include <string>
#include <vector>

#include "mlperf_loadgen/test_settings.h"
#include "settings/apply.h"

namespace mlperf::settings {

// TestSettings::FromConfig, which also says where it found what it has set: in the order in which
// that was applied, so that of a setting the last stands.
int FromConfig(TestSettings& settings, const std::string& path, const std::string& model,
               const std::string& scenario_name, int conf_type, std::vector<Origin>* origins);

}  // namespace mlperf::settings

#endif  // MLPERF_LOADGEN_SETTINGS_FROM_CONFIG_H_
