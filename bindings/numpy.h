// Imports NumPy when it is first needed.

#ifndef MLPERF_LOADGEN_BINDINGS_NUMPY_H_
#define MLPERF_LOADGEN_BINDINGS_NUMPY_H_

#include "python.h"

namespace mlperf::python {

// Call before the first use of py::array and its kin, with the GIL held. The package does without
// NumPy until then: it takes most of the time of an import, and its threads keep a core busy for a
// while afterwards. Throws what the import raises, and RuntimeError for a thread that comes with
// its first array after the interpreter has begun to exit.
void NeedNumpy();

// Whether anybody has imported NumPy, in which case py::array may be used. With the GIL held.
// Without it no object is an array.
bool NumpyIsThere();

}  // namespace mlperf::python

#endif  // MLPERF_LOADGEN_BINDINGS_NUMPY_H_
