// Lets the embedding program run on the thread of a long operation, such as to notice Ctrl-C.

#ifndef MLPERF_LOADGEN_BASE_POLL_H_
#define MLPERF_LOADGEN_BASE_POLL_H_

#include <functional>

namespace mlperf::base {

// Called now and then by the thread that runs the test, or issues a share of it; empty: never. May
// throw to end what it interrupts.
using Poll = std::function<void()>;

}  // namespace mlperf::base

#endif  // MLPERF_LOADGEN_BASE_POLL_H_
