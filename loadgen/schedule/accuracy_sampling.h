// Which samples of a performance run reach the accuracy log.

#ifndef MLPERF_LOADGEN_SCHEDULE_ACCURACY_SAMPLING_H_
#define MLPERF_LOADGEN_SCHEDULE_ACCURACY_SAMPLING_H_

#include <cstdint>
#include <vector>

#include "base/random.h"
#include "effective_settings.h"

namespace mlperf::schedule {

// The share of the samples that is logged: accuracy_log_probability, or, when there is an
// accuracy_log_sampling_target, that many out of the samples the settings lead one to expect (not
// those that were generated). 1 or more logs every sample.
double AccuracyLogShare(const EffectiveSettings& settings);

// One for a test: its samples share one sequence of draws, in the order of their sequence ids,
// accuracy mode's included (where all are logged whatever is drawn). The sequence is the same in
// every test; accuracy_log_rng_seed decides a constant that shifts it. Not thread-safe.
class AccuracySampler {
 public:
  explicit AccuracySampler(uint64_t accuracy_log_rng_seed);

  // For each of the next `samples` samples whether it is logged. Costs about 14 ns a sample; with a
  // share of 0 none is logged and Skip does.
  std::vector<uint8_t> Next(double share, uint64_t samples);

  // Passes over the next `samples` samples. Free until Next is called.
  void Skip(uint64_t samples) { skipped_ += samples; }

 private:
  double offset_;
  uint64_t skipped_ = 0;  // samples the engine has yet to pass over
  base::Random random_{base::Random::kDefaultSeed};
};

}  // namespace mlperf::schedule

#endif  // MLPERF_LOADGEN_SCHEDULE_ACCURACY_SAMPLING_H_
