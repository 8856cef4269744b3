// What the Python package gives this module when it is imported. No source here imports the
// package.

#ifndef MLPERF_LOADGEN_BINDINGS_PACKAGE_H_
#define MLPERF_LOADGEN_BINDINGS_PACKAGE_H_

#include "python.h"

namespace mlperf::python {

// Null until `connect` has been called, the last thing that importing the package does; never
// dropped.
struct Package {
  // Classes of exceptions.
  PyObject* settings_error = nullptr;
  PyObject* output_error = nullptr;
  PyObject* state_error = nullptr;
  PyObject* incomplete_error = nullptr;
  // Functions that return the text of an object.
  PyObject* all_fields = nullptr;
  PyObject* changed_fields = nullptr;
  PyObject* report_line = nullptr;
  PyObject* report_table = nullptr;
  PyObject* report_html = nullptr;
  // Methods of a report.
  PyObject* save_report = nullptr;
  PyObject* report_figures = nullptr;
};
extern Package package;

void RegisterPackage(py::module_& module);

// A __repr__ or __str__ that is a function of the package.
inline auto TextOf(PyObject* Package::* function) {
  return [function](const py::object& self) {
    return py::reinterpret_borrow<py::object>(package.*function)(self);
  };
}

}  // namespace mlperf::python

#endif  // MLPERF_LOADGEN_BINDINGS_PACKAGE_H_
