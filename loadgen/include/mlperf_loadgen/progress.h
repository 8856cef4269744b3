// Tells how far the test that is running has come.

#ifndef MLPERF_LOADGEN_PROGRESS_H_
#define MLPERF_LOADGEN_PROGRESS_H_

#include <cstdint>
#include <optional>

#include "api.h"
#include "cxx17.h"
#include "test_settings.h"

namespace mlperf {

// How far the present test is. Counts are of the series of queries that is running.
struct Progress {
  TestScenario scenario = TestScenario::SingleStream;
  bool accuracy = false;
  uint64_t series = 0;  // accuracy mode runs one for each set of samples that fits in memory
  uint64_t series_count = 1;
  double elapsed_seconds = 0;
  double expected_seconds = 0;  // 0: not known beforehand
  uint64_t queries_issued = 0;
  uint64_t queries_planned = 0;  // SingleStream and MultiStream plan more than they need
  uint64_t samples_issued = 0;
  uint64_t samples_completed = 0;
  uint64_t samples_planned = 0;
  double percentile = 0;   // the target percentile, a fraction
  int64_t latency_ns = 0;  // at that percentile, over an even selection of the samples so far
};

// Nothing when no queries are running. Any thread; reads counters that the test keeps anyway.
MLPERF_LOADGEN_API std::optional<Progress> CurrentProgress();

}  // namespace mlperf

#endif  // MLPERF_LOADGEN_PROGRESS_H_
