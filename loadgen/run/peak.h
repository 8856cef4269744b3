// Finds the largest load that the SUT handles: FindPeakPerformance.

#ifndef MLPERF_LOADGEN_RUN_PEAK_H_
#define MLPERF_LOADGEN_RUN_PEAK_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "mlperf_loadgen/report.h"
#include "mlperf_loadgen/test_settings.h"
#include "track/measurements.h"

namespace mlperf::run {

// How a search tries a load and tells of it.
struct LoadTest {
  std::function<void(const EffectiveSettings&)> require_memory;  // throws SettingsError
  std::function<Report(const EffectiveSettings&)> run;           // one performance series
  std::function<track::Measurements()> take_measurements;        // those of the last run
  std::function<void(const std::string&)> say;                   // progress, for the detail log
};

struct Peak {
  struct Best {
    EffectiveSettings settings;
    track::Measurements measured;
  };

  std::optional<double> load;  // the largest that passed so far
  std::vector<PeakTrial> trials;
  // What the test reports in place of the last series: the best trial. None where no trial passed,
  // or an exception ended the search.
  std::optional<Best> best;
};

// Searches over target_qps in Server, over samples_per_query in MultiStream. Returns whether a load
// passed. Keeps in *peak what is known also where an exception ends the search.
bool FindPeak(const EffectiveSettings& settings, uint64_t library_size, const LoadTest& test,
              Peak* peak);

}  // namespace mlperf::run

#endif  // MLPERF_LOADGEN_RUN_PEAK_H_
