// Resolves what a user asks for into the settings that a test runs with.

#ifndef MLPERF_LOADGEN_SETTINGS_RESOLVE_H_
#define MLPERF_LOADGEN_SETTINGS_RESOLVE_H_

#include <cstdint>
#include <string>

#include "base/entry.h"
#include "mlperf_loadgen/test_settings.h"

namespace mlperf::settings {

// How many samples a library has, as it reports.
struct LibrarySize {
  uint64_t total = 0;
  uint64_t performance = 0;
};

struct ResolvedSettings {
  TestSettings requested;  // with audit.config and test05 applied, and the scenario of the round
  EffectiveSettings effective;
  bool overridden = false;  // audit.config or test05 was applied
  std::string audited;      // as Report::audited

  // For the detail log. The notes begin it; the entries follow the names of SUT and library.
  base::Entries notes;
  base::Entries entries;
};

// Applies the audit config, if there is a file at `audit_path`, and test05; checks what results,
// and derives the effective settings. Throws SettingsError, with a line for each problem, when no
// test can run with these settings and this library.
ResolvedSettings Resolve(const TestSettings& settings, const std::string& audit_path,
                         LibrarySize library);

}  // namespace mlperf::settings

#endif  // MLPERF_LOADGEN_SETTINGS_RESOLVE_H_
