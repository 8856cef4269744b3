#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "exceptions.h"
#include "gil.h"
#include "interrupt.h"
#include "issue_threads.h"
#include "mlperf_loadgen/embedding.h"
#include "qsl.h"
#include "register.h"
#include "signal_watch.h"
#include "sut.h"
#include "text.h"
#include "typed.h"

namespace mlperf::python {
namespace {

// What is nested in an exception, or null.
std::exception_ptr Nested(const std::exception_ptr& failure) {
  try {
    std::rethrow_exception(failure);
  } catch (const std::nested_exception& outer) {
    return outer.nested_ptr();
  } catch (...) {
    return nullptr;
  }
}

// The Python exception object for what C++ threw, with its traceback if it has one.
py::object PythonException(const std::exception_ptr& failure) {
  if (failure == nullptr) return py::none();
  try {
    try {
      std::rethrow_exception(failure);
    } catch (const py::error_already_set&) {
      throw;
    } catch (...) {
      SetPythonError();
      throw py::error_already_set();
    }
  } catch (const py::error_already_set& raised) {
    if (raised.trace()) PyException_SetTraceback(raised.value().ptr(), raised.trace().ptr());
    const py::object cause = PythonException(Nested(failure));
    if (!cause.is_none()) PyException_SetCause(raised.value().ptr(), cause.inc_ref().ptr());
    return raised.value();
  }
}

// Whether a test was stopped from outside by what this exception stands for.
std::string WhoStopped(const std::exception_ptr& failure) {
  const GilAcquire gil;
  try {
    std::rethrow_exception(failure);
  } catch (const py::error_already_set& raised) {
    if (raised.matches(PyExc_KeyboardInterrupt)) return "Ctrl-C";
    // By its name: an import would run Python, in which a second Ctrl-C could raise.
    const auto* const type = reinterpret_cast<const PyTypeObject*>(raised.type().ptr());
    return std::string_view(type->tp_name) == "Terminated" ? "SIGTERM" : "";
  } catch (...) {
    return "";
  }
}

// `choose` as a hook. It is called with the settings and a function that takes settings and returns
// a Report.
auto Chooser(const py::object& choose) {
  return [&choose](const TestSettings& requested,
                   const std::function<Report(const TestSettings&)>& preliminary) {
    const GilAcquire gil;
    std::exception_ptr ended;
    const py::cpp_function call([&](const TestSettings& settings) {
      const GilRelease release;
      try {
        return std::make_shared<Report>(preliminary(settings));
      } catch (...) {
        ended = std::current_exception();
        throw;
      }
    });
    try {
      return choose(requested, call).cast<TestSettings>();
    } catch (const py::error_already_set&) {
      if (ended != nullptr) std::rethrow_exception(ended);
      throw;
    }
  };
}

using Choose =
    Typed<"Callable[[TestSettings, Callable[[TestSettings], Report]], TestSettings] | None">;
using Outcome = Typed<"tuple[Report, BaseException | None]", py::tuple>;
using Notes = Typed<"list[str]", py::list>;

Outcome RunTestForPython(const SutHandle& sut_handle, const QslHandle& qsl_handle,
                         const TestSettings& settings, const LogSettings& log_settings,
                         const Path& audit_config_filename, const Choose& choose,
                         const Notes& notes) {
  // Shares of their own: a handle may be destroyed while the test runs.
  const std::shared_ptr<SystemUnderTest> sut = sut_handle.Get();
  const std::shared_ptr<QuerySampleLibrary> qsl = qsl_handle.Get();
  const TestSettings requested = settings;
  const LogSettings logs = log_settings;
  const std::string audit_path = PathBytes(audit_config_filename);
  std::exception_ptr failure;
  std::shared_ptr<Report> report;
  const unsigned long thread = PyThread_get_thread_ident();
  bool interrupted = false;
  std::optional<SignalWatch> watch;
  Hooks hooks;
  hooks.interrupt = [&] {
    interrupted = true;
    Interrupt(thread);
  };
  hooks.interrupt_issuers = &InterruptIssueThreads;
  hooks.who_stopped = &WhoStopped;
  if (!choose.is_none()) hooks.choose = Chooser(choose);
  if (IsMainThread()) {
    watch.emplace();
    hooks.poll = CheckSignals;
    // Not never: the program may set a wakeup fd of its own during the test.
    if (watch->active()) hooks.poll_interval_ms = 5000;
  }
  {
    const GilRelease release;
    report = std::make_shared<Report>(
        RunTest(sut.get(), qsl.get(), requested, logs, audit_path, hooks, &failure));
  }
  const auto first_notes = notes.cast<std::vector<std::string>>();
  report->notes.insert(report->notes.begin(), first_notes.begin(), first_notes.end());
  if (interrupted) ForgetInterrupt(thread);
  py::object exception = PythonException(failure);
  return py::make_tuple(std::move(report), std::move(exception));
}

// When the interpreter exits, daemon threads may be running a test, which has to come to its end
// while there is still an interpreter.
void AtExit() {
  constexpr double kPatienceSeconds = 5;
  bool none_left = false;
  {
    const GilRelease release;
    none_left = EndTests(kPatienceSeconds);
  }
  if (none_left) return;
  PySys_WriteStderr(
      "mlperf_loadgen: a test was running when the interpreter exited, and did not end within "
      "%.0f s of being told to; its log files are not complete\n",
      kPatienceSeconds);
}

}  // namespace

void RegisterRun(py::module_& module) {
  using py::arg;
  py::module_::import("atexit").attr("register")(py::cpp_function(&AtExit));
  SignalWatch::Prepare();
  module.def("await_sigterm", &SignalWatch::AwaitSigterm, arg("awaited"),
             "While ``awaited``, a SIGTERM that Python has not handled for ten seconds ends the "
             "process.");
  module.def("run_test", &RunTestForPython, arg("sut"), arg("qsl"), arg("test_settings"),
             arg("log_settings"), arg("audit_config_filename"), arg("choose") = py::none(),
             arg("notes") = Notes(py::list()),
             "Run a whole test: the report, and what ended the test early.\n\n"
             "``choose`` gets the settings and a function that runs a short series with others, "
             "and returns those of the test. The report begins with ``notes``, as they are when "
             "the test is over.");
  module.def(
      "abort",
      [](const Typed<"BaseException | None">& error) {
        const std::exception_ptr thrown = error.is_none() ? nullptr : Thrown(error);
        const GilRelease release;
        if (thrown == nullptr) {
          AbortTest();
        } else {
          FailTest(thrown);
        }
      },
      arg("error") = py::none(),
      "End the test that is running, if any.\n\n"
      "The call that started it returns soon, with a report that is not complete, or raises "
      "``error``. Any thread.");

  py::class_<Progress>(
      module, "Progress",
      "How far the present test is. Counts are of the series of queries that is running.")
      .def_readonly("scenario", &Progress::scenario)
      .def_readonly("accuracy", &Progress::accuracy)
      .def_readonly("series", &Progress::series,
                    "Accuracy mode runs one for each set of samples that fits in memory.")
      .def_readonly("series_count", &Progress::series_count)
      .def_readonly("elapsed_seconds", &Progress::elapsed_seconds)
      .def_readonly("expected_seconds", &Progress::expected_seconds, "0: not known beforehand.")
      .def_readonly("queries_issued", &Progress::queries_issued)
      .def_readonly("queries_planned", &Progress::queries_planned,
                    "SingleStream and MultiStream plan more than they need.")
      .def_readonly("samples_issued", &Progress::samples_issued)
      .def_readonly("samples_completed", &Progress::samples_completed)
      .def_readonly("samples_planned", &Progress::samples_planned)
      .def_readonly("percentile", &Progress::percentile, "The target percentile, as a fraction.")
      .def_readonly("latency_ns", &Progress::latency_ns,
                    "At that percentile, over an even selection of the samples so far.");
  module.def("current_progress", &CurrentProgress, py::call_guard<GilRelease>(),
             "How far the present test is, or None. Any thread.");
}

}  // namespace mlperf::python
