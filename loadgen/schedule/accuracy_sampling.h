// Chooses which samples of a performance run are written to the accuracy log.

#ifndef MLPERF_LOADGEN_SCHEDULE_ACCURACY_SAMPLING_H_
#define MLPERF_LOADGEN_SCHEDULE_ACCURACY_SAMPLING_H_

#include <cstdint>
#include <vector>

#include "base/random.h"
#include "mlperf_loadgen/test_settings.h"

namespace mlperf::schedule {

// Returns the share of the samples that is logged: accuracy_log_probability, or, if there is an
// accuracy_log_sampling_target, that number out of the samples expected from the settings (not of
// those generated). 1 or more logs every sample.
double AccuracyLogShare(const EffectiveSettings& settings);

// There is one for a test: all its samples share one sequence of random draws, in the order of
// their sequence ids, including those of accuracy mode (where all are logged whatever is drawn).
// The sequence is the same in every test; accuracy_log_rng_seed decides an offset that is added.
// Not thread-safe.
class AccuracySampler {
 public:
  explicit AccuracySampler(uint64_t accuracy_log_rng_seed);

  // Returns for each of the next `samples` samples whether it is logged. Costs about 14 ns a
  // sample; with a share of 0 none is logged and Skip does.
  std::vector<uint8_t> Next(double share, uint64_t samples);

  // Skips the next `samples` samples. Costs nothing until Next is called.
  void Skip(uint64_t samples) { skipped_ += samples; }

 private:
  double offset_;
  uint64_t skipped_ = 0;  // samples that the engine has yet to skip
  base::Random random_{base::Random::kDefaultSeed};
};

}  // namespace mlperf::schedule

#endif  // MLPERF_LOADGEN_SCHEDULE_ACCURACY_SAMPLING_H_
