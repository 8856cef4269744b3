// A system under test that is reached over a network.

#ifndef MLPERF_LOADGEN_QUERY_DISPATCH_LIBRARY_H_
#define MLPERF_LOADGEN_QUERY_DISPATCH_LIBRARY_H_

#include "api.h"
#include "cxx17.h"
#include "system_under_test.h"

namespace mlperf {

// Forwards queries to a remote SUT. Name() asks the remote side; how long that took is logged as
// get_sut_name_duration_ns.
class MLPERF_LOADGEN_API QueryDispatchLibrary : public SystemUnderTest {};

}  // namespace mlperf

#endif  // MLPERF_LOADGEN_QUERY_DISPATCH_LIBRARY_H_
