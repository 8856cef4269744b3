// MinimumQueryCount in Python.

#ifndef MLPERF_LOADGEN_BINDINGS_QUERY_COUNT_H_
#define MLPERF_LOADGEN_BINDINGS_QUERY_COUNT_H_

#include "python.h"

namespace mlperf::python {

void RegisterQueryCount(py::module_& module);

}  // namespace mlperf::python

#endif  // MLPERF_LOADGEN_BINDINGS_QUERY_COUNT_H_
