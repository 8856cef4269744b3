// When NumPy is there.

#ifndef MLPERF_LOADGEN_BINDINGS_NUMPY_H_
#define MLPERF_LOADGEN_BINDINGS_NUMPY_H_

#include <atomic>

#include "gil.h"
#include "python.h"

namespace mlperf::python {

// Call before the first use of py::array and its kin, with the GIL held. The package does without
// NumPy until then: it takes most of the time of an import, and its threads keep a core busy for a
// while afterwards. pybind11 would import it too, but where the interpreter goes away meanwhile
// that ends the process (gil.h). Throws what the import raises.
inline void NeedNumpy() {
  static std::atomic<bool> there{false};
  if (there.load(std::memory_order_acquire)) return;
  PyObject* const numpy = OrSleep([] { return PyImport_ImportModule("numpy"); });
  if (numpy == nullptr) throw py::error_already_set();
  Py_DECREF(numpy);
  there.store(true, std::memory_order_release);
}

}  // namespace mlperf::python

#endif  // MLPERF_LOADGEN_BINDINGS_NUMPY_H_
