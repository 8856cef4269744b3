// Tells whether the bytes of an object are its value.

#ifndef MLPERF_LOADGEN_BINDINGS_VALUES_H_
#define MLPERF_LOADGEN_BINDINGS_VALUES_H_

#include <string>

#include "python.h"

namespace mlperf::python {

// Throws TypeError for an object with a buffer whose bytes say where values lie, not what they are:
// arrays of objects or of strings of any length, structures that have such a field, pointers. Also
// for a masked array, whose bytes are those under the mask too. `name` is what the text begins
// with.
void CheckHoldsValues(const py::object& object, const std::string& name);

}  // namespace mlperf::python

#endif  // MLPERF_LOADGEN_BINDINGS_VALUES_H_
