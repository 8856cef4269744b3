#include "exceptions.h"

#include "loadgen.h"

namespace mlperf::python {
namespace {

void Set(const char* name, const std::exception& error) {
  const py::object type = py::module_::import("mlperf_loadgen.errors").attr(name);
  PyErr_SetString(type.ptr(), error.what());
}

void Translate(std::exception_ptr raised) {
  if (raised == nullptr) return;
  try {
    std::rethrow_exception(raised);
  } catch (const SettingsError& error) {
    Set("SettingsError", error);
  } catch (const OutputError& error) {
    Set("OutputError", error);
  } catch (const StateError& error) {
    Set("StateError", error);
  } catch (const IncompleteError& error) {
    Set("IncompleteError", error);
  }
}

}  // namespace

void RegisterErrors() { py::register_exception_translator(Translate); }

void SetPythonError() {
  try {
    Translate(std::current_exception());
  } catch (py::error_already_set& error) {
    error.restore();
  } catch (const py::builtin_exception& error) {
    error.set_error();
  } catch (const std::bad_alloc&) {
    PyErr_NoMemory();
  } catch (const std::exception& error) {
    PyErr_SetString(PyExc_RuntimeError, error.what());
  }
}

}  // namespace mlperf::python
