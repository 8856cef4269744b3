// What a compliance test changes in the settings, without a change to the script it runs.

#ifndef MLPERF_LOADGEN_SETTINGS_OVERRIDES_H_
#define MLPERF_LOADGEN_SETTINGS_OVERRIDES_H_

#include <string>

#include "base/entry.h"
#include "mlperf_loadgen/test_settings.h"

namespace mlperf::settings {

// `settings` with the audit config applied, if there is a file at `audit_path`, and then test05.
// Each is announced by a warning in `entries`, followed by what else there is to say. The rows of
// an audit config that count are those for the model "*". The notes of `settings` are kept as they
// are. `audited` becomes a sentence that names the file and the settings that it changed; it is
// left alone where there is no file. Throws SettingsError when what lies there is malformed or no
// regular file: a test without it would prove nothing.
TestSettings ApplyOverrides(const TestSettings& settings, const std::string& audit_path,
                            base::Entries* entries, std::string* audited);

}  // namespace mlperf::settings

#endif  // MLPERF_LOADGEN_SETTINGS_OVERRIDES_H_
