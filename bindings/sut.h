// Lets Python implement systems under test.

#ifndef MLPERF_LOADGEN_BINDINGS_SUT_H_
#define MLPERF_LOADGEN_BINDINGS_SUT_H_

#include <memory>

#include "handle.h"
#include "mlperf_loadgen/system_under_test.h"
#include "python.h"

namespace mlperf::python {

using SutHandle = Handle<SystemUnderTest>;

}  // namespace mlperf::python

#endif  // MLPERF_LOADGEN_BINDINGS_SUT_H_
