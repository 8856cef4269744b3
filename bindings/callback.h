// Where C++ calls Python.

#ifndef MLPERF_LOADGEN_BINDINGS_CALLBACK_H_
#define MLPERF_LOADGEN_BINDINGS_CALLBACK_H_

#include <utility>

#include "python.h"

namespace mlperf::python {

// A Python callable that C++ may hold, call and drop on any thread.
class Callback {
 public:
  // `what` names the argument in the error for an object that cannot be called. With the GIL.
  Callback(py::object callable, const char* what) : callable_(std::move(callable)) {
    if (PyCallable_Check(callable_.ptr()) == 0) {
      throw py::type_error(std::string(what) + " must be callable, not " +
                           Py_TYPE(callable_.ptr())->tp_name);
    }
  }
  ~Callback() {
    const py::gil_scoped_acquire gil;
    callable_ = py::object();
  }
  Callback(const Callback&) = delete;
  Callback& operator=(const Callback&) = delete;

  // Takes the GIL, makes the arguments, calls. `make` returns the arguments as a tuple of
  // py::object; what Python raises is thrown as py::error_already_set. The result is dropped.
  template <typename MakeArguments>
  void Call(MakeArguments make) const {
    const py::gil_scoped_acquire gil;
    std::apply([this](auto&&... arguments) { Invoke(arguments...); }, make());
  }

  // The result goes to `use`, still with the GIL held.
  template <typename Use>
  auto CallFor(Use use) const {
    const py::gil_scoped_acquire gil;
    return use(callable_());
  }

 private:
  template <typename... Arguments>
  void Invoke(const Arguments&... arguments) const {
    // One free place in front lets a bound method put its self there without a copy.
    PyObject* stack[] = {nullptr, arguments.ptr()...};
    PyObject* const result = PyObject_Vectorcall(
        callable_.ptr(), stack + 1, sizeof...(arguments) | PY_VECTORCALL_ARGUMENTS_OFFSET, nullptr);
    if (result == nullptr) throw py::error_already_set();
    Py_DECREF(result);
  }

  py::object callable_;
};

}  // namespace mlperf::python

#endif  // MLPERF_LOADGEN_BINDINGS_CALLBACK_H_
