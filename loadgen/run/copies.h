// The copies of the library in one process: a Python module may have one in it, and so may an
// extension module that completes the samples of the tests that Python runs. Ids cross between
// them.

#ifndef MLPERF_LOADGEN_RUN_COPIES_H_
#define MLPERF_LOADGEN_RUN_COPIES_H_

#include <cstddef>

#include "mlperf_loadgen/loadgen.h"

namespace mlperf::run {

// How a copy takes completions from another, which was perhaps built by another compiler: as
// functions of plain values. A change here is a new name in copies.cc.
struct Takers {
  // Calls a ResponseCallback of the other copy.
  using Fetch = void (*)(void* context, QuerySampleResponse* response);
  // False when this copy runs no test any more. `fetch` may be null; what it throws comes out.
  using TakeObjects = bool (*)(QuerySampleResponse* responses, size_t count, Fetch fetch,
                               void* context);
  using TakeArrays = bool (*)(const ResponseSpan& responses);

  TakeObjects complete;
  TakeObjects first_tokens;
  TakeArrays complete_arrays;
  TakeArrays first_tokens_arrays;
};

// Those of this copy.
extern const Takers kTakers;

// Makes this copy the one that runs the test of the process. False while another one is.
bool BecomeTheOneThatRuns();
// Nothing happens unless it is.
void StopBeingTheOneThatRuns();

// Those of another copy, if that runs a test; else null. Where the loader of the platform keeps the
// copies apart it is always null.
const Takers* TakersElsewhere();

}  // namespace mlperf::run

#endif  // MLPERF_LOADGEN_RUN_COPIES_H_
