// TestSettings and LogSettings in Python.

#ifndef MLPERF_LOADGEN_BINDINGS_SETTINGS_H_
#define MLPERF_LOADGEN_BINDINGS_SETTINGS_H_

#include "python.h"

namespace mlperf::python {

// The fields of TestSettings come from the settings table.
void RegisterSettings(py::module_& module);

}  // namespace mlperf::python

#endif  // MLPERF_LOADGEN_BINDINGS_SETTINGS_H_
