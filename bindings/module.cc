#include "half_made.h"
#include "package.h"
#include "python.h"
#include "register.h"

// Declared to need no GIL: what threads share is locked, atomic, or set once, here; the list of a
// completion call is read in a critical section; the fields of settings and sample objects are as
// unprotected as those of any Python object: not to be written while another thread reads them.
PYBIND11_MODULE(_core_of_main, module, pybind11::mod_gil_not_used(),
                pybind11::multiple_interpreters::not_supported()) {
  using namespace mlperf::python;
  module.doc() = "The compiled part of mlperf_loadgen. Use mlperf_loadgen.";
  module.attr("__version__") = MLPERF_LOADGEN_VERSION;
  RegisterPackage(module);
  RegisterErrors();
  RegisterNumpy();
  RegisterSettings(module);
  RegisterSampleTypes(module);
  RegisterSamples(module);
  RegisterSut(module);
  RegisterSampleQueue(module);
  RegisterQsl(module);
  RegisterCompletion(module);
  RegisterReport(module);
  RegisterExplain(module);
  RegisterQueryCount(module);
  RegisterRun(module);
  RegisterIssueThreads(module);
  RegisterCalibration(module);
  RefuseHalfMadeObjects(module);
}

namespace {

bool InMainInterpreter() {
  if (PyInterpreterState_Get() == PyInterpreterState_Main()) return true;
  PyErr_SetString(PyExc_ImportError, "mlperf_loadgen works in the main interpreter only");
  return false;
}

int (*execute_in_main)(PyObject*) = nullptr;

int Execute(PyObject* module) { return InMainInterpreter() ? execute_in_main(module) : -1; }

}  // namespace

// What Python calls to import _core. A process has one current test and one set of types, and
// pybind11 waits for ever for the main interpreter's lock where another one loads it first. Python
// 3.13 and later call this in the main interpreter, whichever imports, and refuse only interpreters
// that ask for it; the module is made in the importing one, so that is looked at there once more.
extern "C" PYBIND11_EXPORT PyObject* PyInit__core() {
  if (!InMainInterpreter()) return nullptr;
  PyObject* const definition = PyInit__core_of_main();
  if (definition == nullptr) return nullptr;
  for (PyModuleDef_Slot* slot = reinterpret_cast<PyModuleDef*>(definition)->m_slots;
       slot->slot != 0; ++slot) {
    void* const execute = reinterpret_cast<void*>(&Execute);
    if (slot->slot != Py_mod_exec || slot->value == execute) continue;
    execute_in_main = reinterpret_cast<int (*)(PyObject*)>(slot->value);
    slot->value = execute;
  }
  return definition;
}
