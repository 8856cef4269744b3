// Makes repr() of our objects.

#ifndef MLPERF_LOADGEN_BINDINGS_REPRESENTATION_H_
#define MLPERF_LOADGEN_BINDINGS_REPRESENTATION_H_

#include "python.h"

namespace mlperf::python {

// A __repr__ that is a function of mlperf_loadgen.representation.
inline auto Representation(const char* function) {
  return [function](const py::object& self) {
    return py::module_::import("mlperf_loadgen.representation").attr(function)(self);
  };
}

}  // namespace mlperf::python

#endif  // MLPERF_LOADGEN_BINDINGS_REPRESENTATION_H_
