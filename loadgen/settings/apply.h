// Config text onto settings.

#ifndef MLPERF_LOADGEN_SETTINGS_APPLY_H_
#define MLPERF_LOADGEN_SETTINGS_APPLY_H_

#include <string>
#include <string_view>
#include <vector>

#include "mlperf_loadgen/test_settings.h"

namespace mlperf::settings {

// Only the built-in rules may set seeds and what else ConfigKey::only_in_rules marks; in the rounds
// until v4.1 every file may.
enum class Source { kRules, kFile };

// Where a config says what a setting is.
struct Origin {
  std::string_view setting;  // its name in Python
  std::string_view file;     // of the built-in rules; empty: the one that was read
  int line = 0;              // 1-based
  std::string key;           // "model.scenario.name", as written
};

// Applies what `text` holds for `model` and `scenario`; see Lookup. True when done; warnings are
// then in settings.notes, and so is an error if `mode` has no mode's number. False when a line is
// malformed or a value out of range: then nothing is changed, and settings.notes has an error for
// each. Appends to `origins` where it found each setting that it has set.
bool Apply(std::string_view text, std::string_view model, std::string_view scenario, Source source,
           TestSettings& settings, std::vector<Origin>* origins = nullptr);

void AddError(TestSettings& settings, std::string_view text);
void AddWarning(TestSettings& settings, std::string_view text);

}  // namespace mlperf::settings

#endif  // MLPERF_LOADGEN_SETTINGS_APPLY_H_
