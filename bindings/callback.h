// Calls Python from C++.

#ifndef MLPERF_LOADGEN_BINDINGS_CALLBACK_H_
#define MLPERF_LOADGEN_BINDINGS_CALLBACK_H_

#include <string>
#include <tuple>
#include <utility>

#include "gil.h"
#include "python.h"

namespace mlperf::python {

// Throws TypeError for an object that cannot be called, and for one that does nothing when it is: a
// function with async or yield. `what` names the argument. With the GIL.
void CheckCallable(const py::object& callable, const char* what);

// Throws TypeError for what such a function returns, where something else has called it.
void CheckReturned(const py::object& result, const std::string& what);

// Calls, with the GIL held. What Python raises is thrown as py::error_already_set.
template <typename... Arguments>
py::object Invoke(const py::object& callable, const Arguments&... arguments) {
  // One free place in front lets a bound method put its self there without a copy.
  PyObject* stack[] = {nullptr, arguments.ptr()...};
  PyObject* const result = OrSleep([&] {
    return PyObject_Vectorcall(callable.ptr(), stack + 1,
                               sizeof...(arguments) | PY_VECTORCALL_ARGUMENTS_OFFSET, nullptr);
  });
  if (result == nullptr) throw py::error_already_set();
  return py::reinterpret_steal<py::object>(result);
}

// A Python callable that C++ may hold, call and drop on any thread.
class Callback {
 public:
  // As CheckCallable.
  // `what` lives as long.
  Callback(py::object callable, const char* what) : callable_(std::move(callable)), what_(what) {
    CheckCallable(callable_, what);
  }
  ~Callback() {
    const GilAcquire gil;
    callable_ = py::object();
  }
  Callback(const Callback&) = delete;
  Callback& operator=(const Callback&) = delete;

  // Takes the GIL, makes the arguments, calls. `make` returns the arguments as a tuple of
  // py::object; what Python raises is thrown as py::error_already_set. The result is dropped, after
  // CheckReturned.
  template <typename MakeArguments>
  void Call(MakeArguments make) const {
    const GilAcquire gil;
    const py::object result =
        std::apply([this](auto&&... arguments) { return Invoke(callable_, arguments...); }, make());
    if (!result.is_none()) CheckReturned(result, what_);
  }

  // The result goes to `use`, still with the GIL held.
  template <typename Use>
  auto CallFor(Use use) const {
    const GilAcquire gil;
    return use(Invoke(callable_));
  }

  // For Python's garbage collector.
  PyObject* object() const { return callable_.ptr(); }

 private:
  py::object callable_;
  const char* what_;
};

}  // namespace mlperf::python

#endif  // MLPERF_LOADGEN_BINDINGS_CALLBACK_H_
