#include "exceptions.h"

#include <string>

#include "mlperf_loadgen/loadgen.h"
#include "package.h"
#include "register.h"
#include "text.h"

namespace mlperf::python {
namespace {

void Set(PyObject* type, const char* what) { PyErr_SetObject(type, MessageText(what).ptr()); }

void Translate(std::exception_ptr raised) {
  if (raised == nullptr) return;
  try {
    std::rethrow_exception(raised);
  } catch (const SettingsError& error) {
    Set(package.settings_error, error.what());
  } catch (const OutputError& error) {
    Set(package.output_error, error.what());
  } catch (const StateError& error) {
    Set(package.state_error, error.what());
  } catch (const IncompleteError& error) {
    Set(package.incomplete_error, error.what());
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

std::exception_ptr Thrown(const py::object& error) {
  if (!PyExceptionInstance_Check(error.ptr())) {
    throw py::type_error(std::string("error must be an exception, not ") +
                         Py_TYPE(error.ptr())->tp_name);
  }
  PyErr_SetObject(reinterpret_cast<PyObject*>(Py_TYPE(error.ptr())), error.ptr());
  return std::make_exception_ptr(py::error_already_set());
}

}  // namespace mlperf::python
