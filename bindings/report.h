// Report in Python.

#ifndef MLPERF_LOADGEN_BINDINGS_REPORT_H_
#define MLPERF_LOADGEN_BINDINGS_REPORT_H_

#include "python.h"

namespace mlperf::python {

void RegisterReport(py::module_& module);

}  // namespace mlperf::python

#endif  // MLPERF_LOADGEN_BINDINGS_REPORT_H_
