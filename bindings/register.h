// Declares what makes each part of the module; module.cc calls all of it, once, in this order.

#ifndef MLPERF_LOADGEN_BINDINGS_REGISTER_H_
#define MLPERF_LOADGEN_BINDINGS_REGISTER_H_

#include "python.h"

namespace mlperf::python {

// The classes of errors are Python's (errors.py), which owns their names and bases; package.h has
// them, so that raising one runs no Python.
void RegisterErrors();
// What NeedNumpy needs done before the interpreter goes.
void RegisterNumpy();
// TestSettings and LogSettings, whose fields come from the settings table.
void RegisterSettings(py::module_& module);
// QuerySample and QuerySampleResponse. Written against the C API of Python: one of these exists for
// each sample, and a pybind11 object costs some seven times as much to make and to read.
void RegisterSampleTypes(py::module_& module);
void RegisterSamples(py::module_& module);
void RegisterSut(py::module_& module);
void RegisterSampleQueue(py::module_& module);
void RegisterQsl(py::module_& module);
void RegisterCompletion(py::module_& module);
void RegisterReport(py::module_& module);
// What a test would run with, before anything runs.
void RegisterExplain(py::module_& module);
void RegisterQueryCount(py::module_& module);
void RegisterRun(py::module_& module);  // starts, watches and ends tests
void RegisterIssueThreads(py::module_& module);
void RegisterCalibration(py::module_& module);  // what calibrate() measures with

}  // namespace mlperf::python

#endif  // MLPERF_LOADGEN_BINDINGS_REGISTER_H_
