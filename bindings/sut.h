// Lets Python implement systems under test.

#ifndef MLPERF_LOADGEN_BINDINGS_SUT_H_
#define MLPERF_LOADGEN_BINDINGS_SUT_H_

#include <memory>

#include "handle.h"
#include "python.h"
#include "system_under_test.h"

namespace mlperf::python {

using SutHandle = Handle<SystemUnderTest>;

}  // namespace mlperf::python

#endif  // MLPERF_LOADGEN_BINDINGS_SUT_H_
