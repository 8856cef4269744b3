// The copies of the library in one process: a Python module may have one in it, and so may an
// extension module that completes the samples of the tests that Python runs. Ids cross between
// them.

#ifndef MLPERF_LOADGEN_RUN_COPIES_H_
#define MLPERF_LOADGEN_RUN_COPIES_H_

#include <cstddef>

#include "mlperf_loadgen/loadgen.h"

namespace mlperf::run {

// Makes this copy the one that runs the test of the process. False while another one is.
bool BecomeTheOneThatRuns();
// Nothing happens unless it is.
void StopBeingTheOneThatRuns();

// Take responses to another copy, if that runs a test. False: none does. Where the loader of the
// platform keeps the copies apart, none ever does.
bool CompleteElsewhere(QuerySampleResponse* responses, size_t count,
                       const ResponseCallback& response_cb);
bool FirstTokensElsewhere(QuerySampleResponse* responses, size_t count,
                          const ResponseCallback& response_cb);
bool CompleteElsewhere(const ResponseSpan& responses);
bool FirstTokensElsewhere(const ResponseSpan& responses);

}  // namespace mlperf::run

#endif  // MLPERF_LOADGEN_RUN_COPIES_H_
