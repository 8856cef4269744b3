#include "base/precise_sleep.h"

namespace mlperf::base {

PreciseSleep::PreciseSleep() : previous_slack_ns_(0) {}
PreciseSleep::~PreciseSleep() = default;

}  // namespace mlperf::base
