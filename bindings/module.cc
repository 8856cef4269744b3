#include "calibration.h"
#include "completion.h"
#include "exceptions.h"
#include "issue_threads.h"
#include "pull.h"
#include "python.h"
#include "qsl.h"
#include "query_count.h"
#include "report.h"
#include "run.h"
#include "sample_types.h"
#include "samples.h"
#include "settings.h"
#include "sut.h"

// Declared to need no GIL: what threads share is locked, atomic, or set once, here; the list of a
// completion call is read in a critical section; the fields of settings and sample objects are as
// unprotected as those of any Python object: not to be written while another thread reads them.
PYBIND11_MODULE(_core_of_main, module, pybind11::mod_gil_not_used()) {
  using namespace mlperf::python;
  module.doc() = "The compiled part of mlperf_loadgen. Use mlperf_loadgen.";
  module.attr("__version__") = MLPERF_LOADGEN_VERSION;
  RegisterErrors();
  RegisterSettings(module);
  RegisterSampleTypes(module);
  RegisterSamples(module);
  RegisterSut(module);
  RegisterSampleQueue(module);
  RegisterQsl(module);
  RegisterCompletion(module);
  RegisterReport(module);
  RegisterQueryCount(module);
  RegisterRun(module);
  RegisterIssueThreads(module);
  RegisterCalibration(module);
}

// What Python calls to import _core. A process has one current test and one set of types, and
// pybind11 waits for ever for the main interpreter's lock where another one loads it first.
extern "C" PYBIND11_EXPORT PyObject* PyInit__core() {
  if (PyInterpreterState_Get() == PyInterpreterState_Main()) return PyInit__core_of_main();
  PyErr_SetString(PyExc_ImportError, "mlperf_loadgen works in the main interpreter only");
  return nullptr;
}
