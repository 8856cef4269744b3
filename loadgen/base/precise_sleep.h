// Makes sleeps end on time.

#ifndef MLPERF_LOADGEN_BASE_PRECISE_SLEEP_H_
#define MLPERF_LOADGEN_BASE_PRECISE_SLEEP_H_

namespace mlperf::base {

// While alive, sleeps of the constructing thread end as close to their time as the kernel can make
// it (Linux otherwise adds up to 50 us of timer slack). Destroy on the same thread.
class PreciseSleep {
 public:
  PreciseSleep();
  ~PreciseSleep();
  PreciseSleep(const PreciseSleep&) = delete;
  PreciseSleep& operator=(const PreciseSleep&) = delete;

 private:
  int previous_slack_ns_;
};

}  // namespace mlperf::base

#endif  // MLPERF_LOADGEN_BASE_PRECISE_SLEEP_H_
