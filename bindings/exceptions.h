// Translates C++ exceptions into Python ones.

#ifndef MLPERF_LOADGEN_BINDINGS_EXCEPTIONS_H_
#define MLPERF_LOADGEN_BINDINGS_EXCEPTIONS_H_

#include <exception>

#include "gil.h"
#include "python.h"

namespace mlperf::python {

// Sets the Python error that stands for the exception being handled. Call inside a catch block.
void SetPythonError();

// What C++ throws to raise `error`, with its traceback. Throws TypeError for anything but an
// exception. Whoever hands it on without the GIL keeps a copy: the last one must go with the GIL
// (gil.h).
std::exception_ptr Thrown(const py::object& error);

// For functions that are called by Python without pybind11 between: runs `body` and returns what
// that returns, a new reference, or null with the Python error set.
template <typename Body>
PyObject* GuardedResult(Body body) {
  try {
    return OrSleep(body);
  } catch (...) {
    SetPythonError();
    return nullptr;
  }
}

// The same, and returns None.
template <typename Body>
PyObject* Guarded(Body body) {
  return GuardedResult([&body] {
    body();
    return Py_NewRef(Py_None);
  });
}

}  // namespace mlperf::python

#endif  // MLPERF_LOADGEN_BINDINGS_EXCEPTIONS_H_
