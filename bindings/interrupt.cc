#include "interrupt.h"

#include "gil.h"
#include "package.h"

namespace mlperf::python {
namespace {

void InterruptAttached(unsigned long ident) {
  try {
    const py::module_ signal = py::module_::import("signal");
    const py::object main = py::module_::import("threading").attr("main_thread")().attr("ident");
    const py::object handler = signal.attr("getsignal")(signal.attr("SIGINT"));
    if (main.cast<unsigned long>() == ident && handler.is(signal.attr("default_int_handler"))) {
      signal.attr("pthread_kill")(ident, signal.attr("SIGINT"));
    } else {
      PyThreadState_SetAsyncExc(ident, package.incomplete_error);
    }
  } catch (py::error_already_set& error) {
    error.discard_as_unraisable("mlperf_loadgen.stall_timeout_ms");
  }
}

}  // namespace

void CheckSignals() {
  const GilAcquire gil;
  if (OrSleep([] { return PyErr_CheckSignals(); }) != 0) throw py::error_already_set();
}

void Interrupt(unsigned long ident) {
  const GilAcquire gil;
  OrSleep([ident] { InterruptAttached(ident); });
}

void ForgetInterrupt(unsigned long ident) {
  PyThreadState_SetAsyncExc(ident, nullptr);
  if (PyErr_CheckSignals() != 0) PyErr_Clear();
}

}  // namespace mlperf::python
