#include "base/precise_sleep.h"

#include <sys/prctl.h>

namespace mlperf::base {

PreciseSleep::PreciseSleep() : previous_slack_ns_(prctl(PR_GET_TIMERSLACK)) {
  prctl(PR_SET_TIMERSLACK, 1UL);
}

PreciseSleep::~PreciseSleep() {
  if (previous_slack_ns_ > 0) {
    prctl(PR_SET_TIMERSLACK, static_cast<unsigned long>(previous_slack_ns_));
  }
}

}  // namespace mlperf::base
