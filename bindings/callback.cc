#include "callback.h"

namespace mlperf::python {
namespace {

const char* Kind(int code_flags) {
  constexpr int kGenerator = 0x20;
  constexpr int kCoroutine = 0x80;
  constexpr int kAsyncGenerator = 0x200;
  if ((code_flags & kCoroutine) != 0) return "a coroutine";
  if ((code_flags & kAsyncGenerator) != 0) return "an asynchronous generator";
  if ((code_flags & kGenerator) != 0) return "a generator";
  return nullptr;
}

std::string Advice(const std::string& kind) {
  return ", which nobody would run; give an ordinary function" +
         std::string(kind == "a generator" ? ""
                                           : ", which may hand its work to your event loop with "
                                             "asyncio.run_coroutine_threadsafe");
}

// The Python function that runs when `callable` is called, as far as can be seen; else null.
py::object FunctionBehind(py::object callable) {
  const py::object partial = py::module_::import("functools").attr("partial");
  for (int depth = 0; depth < 16; ++depth) {
    if (PyFunction_Check(callable.ptr())) return callable;
    if (PyMethod_Check(callable.ptr())) {
      callable = py::reinterpret_borrow<py::object>(PyMethod_GET_FUNCTION(callable.ptr()));
    } else if (py::isinstance(callable, partial)) {
      callable = callable.attr("func");
    } else {
      callable = py::getattr(py::type::of(callable), "__call__", py::none());
      if (PyFunction_Check(callable.ptr()) == 0) return {};
    }
  }
  return {};
}

}  // namespace

void CheckCallable(const py::object& callable, const char* what) {
  if (PyCallable_Check(callable.ptr()) == 0) {
    throw py::type_error(std::string(what) + " must be callable, not " +
                         Py_TYPE(callable.ptr())->tp_name);
  }
  const py::object function = FunctionBehind(callable);
  if (!function) return;
  const auto* const code = reinterpret_cast<PyCodeObject*>(PyFunction_GET_CODE(function.ptr()));
  const char* const kind = Kind(code->co_flags);
  if (kind == nullptr) return;
  throw py::type_error(std::string(what) + " is " + kind + " function: each call would only make " +
                       kind + Advice(kind));
}

void CheckReturned(const py::object& result, const std::string& what) {
  const char* kind = nullptr;
  if (PyCoro_CheckExact(result.ptr())) kind = "a coroutine";
  if (PyAsyncGen_CheckExact(result.ptr())) kind = "an asynchronous generator";
  if (PyGen_CheckExact(result.ptr())) kind = "a generator";
  if (kind == nullptr) return;
  if (PyCoro_CheckExact(result.ptr())) result.attr("close")();  // else Python warns of it, too
  throw py::type_error(what + " returned " + kind + Advice(kind));
}

}  // namespace mlperf::python
