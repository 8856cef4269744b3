// Before a test: can these settings be run at all?

#ifndef MLPERF_LOADGEN_SETTINGS_CHECK_H_
#define MLPERF_LOADGEN_SETTINGS_CHECK_H_

#include <cstdint>

#include "base/entry.h"
#include "mlperf_loadgen/test_settings.h"

namespace mlperf::settings {

// Throws SettingsError with a line for each problem: the field, its value, what is allowed. Looks
// only at fields that matter for the scenario. The counts are what the sample library reports.
void Check(const TestSettings& settings, uint64_t qsl_total_count, uint64_t qsl_performance_count);

// The same for the choices of the log settings.
void Check(const LogSettings& settings);

// Settings with which a test runs, but not as one may think: limits below the minimum they cut, so
// that the result can only be INVALID; issuing threads, of which there is one.
base::Entries Warnings(const TestSettings& settings);

}  // namespace mlperf::settings

#endif  // MLPERF_LOADGEN_SETTINGS_CHECK_H_
