// Refuses objects of our classes that were never initialised.

#ifndef MLPERF_LOADGEN_BINDINGS_HALF_MADE_H_
#define MLPERF_LOADGEN_BINDINGS_HALF_MADE_H_

#include "python.h"

namespace mlperf::python {

// From now on, to use an object that was made by __new__ alone, without __init__, raises TypeError,
// for each class that `module` has by now. Else pybind11 would give it memory that nothing was
// written to.
void RefuseHalfMadeObjects(const py::module_& module);

}  // namespace mlperf::python

#endif  // MLPERF_LOADGEN_BINDINGS_HALF_MADE_H_
