// From the settings asked for to those a test runs with.

#ifndef MLPERF_LOADGEN_SETTINGS_EFFECTIVE_H_
#define MLPERF_LOADGEN_SETTINGS_EFFECTIVE_H_

#include <cstdint>

#include "base/entry.h"
#include "mlperf_loadgen/test_settings.h"

namespace mlperf::settings {

// Reduces the scenarios' own fields to common ones, fills in what was left to defaults and derives
// counts. Fit for any settings, also those that Check refuses: a QPS that is not a rate becomes 1.
// What is wrong is appended to `entries` as errors. The counts are what the sample library reports.
EffectiveSettings Derive(const TestSettings& settings, uint64_t qsl_total_count,
                         uint64_t qsl_performance_count, base::Entries* entries);

}  // namespace mlperf::settings

#endif  // MLPERF_LOADGEN_SETTINGS_EFFECTIVE_H_
