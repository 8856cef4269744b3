// What calibrate() measures with.

#ifndef MLPERF_LOADGEN_BINDINGS_CALIBRATION_H_
#define MLPERF_LOADGEN_BINDINGS_CALIBRATION_H_

#include "python.h"

namespace mlperf::python {

void RegisterCalibration(py::module_& module);

}  // namespace mlperf::python

#endif  // MLPERF_LOADGEN_BINDINGS_CALIBRATION_H_
