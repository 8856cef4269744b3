// Makes entries of the detail log from settings.

#ifndef MLPERF_LOADGEN_SETTINGS_LOG_ENTRIES_H_
#define MLPERF_LOADGEN_SETTINGS_LOG_ENTRIES_H_

#include <string>

#include "base/entry.h"
#include "mlperf_loadgen/test_settings.h"

namespace mlperf::settings {

// TestSettings::notes, in their order.
base::Entries NoteEntries(const TestSettings& settings);

// requested_*: those settings that mean something in the scenario.
base::Entries RequestedEntries(const TestSettings& settings);

// effective_*: the same keys in every scenario, and those of our own settings that `requested`
// sets.
base::Entries EffectiveEntries(const EffectiveSettings& settings, const TestSettings& requested);

}  // namespace mlperf::settings

#endif  // MLPERF_LOADGEN_SETTINGS_LOG_ENTRIES_H_
