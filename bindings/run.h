// Starting, watching and ending tests from Python.

#ifndef MLPERF_LOADGEN_BINDINGS_RUN_H_
#define MLPERF_LOADGEN_BINDINGS_RUN_H_

#include "python.h"

namespace mlperf::python {

void RegisterRun(py::module_& module);

}  // namespace mlperf::python

#endif  // MLPERF_LOADGEN_BINDINGS_RUN_H_
