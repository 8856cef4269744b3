// SampleQueue in Python.

#ifndef MLPERF_LOADGEN_BINDINGS_PULL_H_
#define MLPERF_LOADGEN_BINDINGS_PULL_H_

#include "python.h"

namespace mlperf::python {

void RegisterSampleQueue(py::module_& module);

}  // namespace mlperf::python

#endif  // MLPERF_LOADGEN_BINDINGS_PULL_H_
