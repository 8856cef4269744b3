// Includes pybind11, in this one place, and states the rules for the interpreter lock (GIL).
//
// 1. The core never runs Python while it does not hold the GIL, and never holds the GIL while it
//    waits: whoever enters the core from Python gives the GIL up first (GilRelease of gil.h), but
//    for the calls that cannot wait, and Python is entered from the core only through Callback
//    (callback.h), which takes it.
// 2. What Python raised in a callback crosses the core as py::error_already_set and comes out of
//    the call that started the test.
// 3. Objects that the core may drop on any thread are held by Callback, which takes the GIL to drop
//    them.
// 4. A thread that comes for the GIL while the interpreter goes away sleeps for ever (gil.h): never
//    py::gil_scoped_acquire or py::gil_scoped_release, which let it be unwound.
//
// Without a GIL (free-threaded Python) the same rules say where a thread is attached.

#ifndef MLPERF_LOADGEN_BINDINGS_PYTHON_H_
#define MLPERF_LOADGEN_BINDINGS_PYTHON_H_

#include <pybind11/functional.h>
#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

namespace mlperf::python {

namespace py = pybind11;

}  // namespace mlperf::python

#endif  // MLPERF_LOADGEN_BINDINGS_PYTHON_H_
