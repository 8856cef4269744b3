#include "settings.h"

#include <algorithm>
#include <climits>
#include <string>
#include <variant>

#include "loadgen.h"
#include "settings/table.h"
#include "test_settings.h"

namespace mlperf::python {
namespace {

// A path may hold any bytes, a message of Python only characters.
std::string Shown(const std::string& path) {
  const auto size = static_cast<py::ssize_t>(path.size());
  return py::cast<std::string>(
      py::reinterpret_steal<py::object>(PyUnicode_DecodeUTF8(path.data(), size, "replace")));
}

// A truth value would pass for a number, but is none of a kind of file.
int ConfType(const py::object& given) {
  if (PyBool_Check(given.ptr()) != 0 || PyIndex_Check(given.ptr()) == 0) {
    throw py::type_error(
        "conf_type = " + py::repr(given).cast<std::string>() +
        ": must be 0 (the built-in rules), 1 (a user.conf) or 2 (an audit.config)");
  }
  const Py_ssize_t number = PyNumber_AsSsize_t(given.ptr(), nullptr);
  if (number == -1 && PyErr_Occurred() != nullptr) throw py::error_already_set();
  return static_cast<int>(std::clamp<Py_ssize_t>(number, -1, INT_MAX));
}

int FromConfig(TestSettings& settings, const std::string& path, const std::string& model,
               const std::string& scenario, const py::object& conf_type) {
  const size_t old_notes = settings.notes.size();
  const int code = settings.FromConfig(path, model, scenario, ConfType(conf_type));
  std::string errors;
  for (size_t i = old_notes; i < settings.notes.size(); ++i) {
    const SettingsNote& note = settings.notes[i];
    const std::string text = path.empty() ? note.text : Shown(path) + ": " + note.text;
    if (note.is_error) {
      errors += (errors.empty() ? "" : "\n") + text;
    } else if (PyErr_WarnEx(PyExc_UserWarning, text.c_str(), 1) != 0) {
      throw py::error_already_set();
    }
  }
  if (code != 0) throw SettingsError(errors);
  return code;
}

// A settings object that Python can copy.
template <typename T>
py::class_<T> SettingsClass(py::module_& module, const char* name, const char* doc) {
  return py::class_<T>(module, name, doc)
      .def(py::init<>())
      .def("__copy__", [](const T& settings) { return T(settings); })
      .def(
          "__deepcopy__", [](const T& settings, const py::dict&) { return T(settings); },
          py::arg("memo"));
}

void RegisterEnums(py::module_& module) {
  py::enum_<TestScenario>(module, "TestScenario", "How queries arrive.")
      .value("SingleStream", TestScenario::SingleStream)
      .value("MultiStream", TestScenario::MultiStream)
      .value("Server", TestScenario::Server)
      .value("Offline", TestScenario::Offline)
      .value("MultiStreamFixedInterval", TestScenario::MultiStreamFixedInterval);
  py::enum_<TestMode>(module, "TestMode", "What a test does.")
      .value("SubmissionRun", TestMode::SubmissionRun)
      .value("AccuracyOnly", TestMode::AccuracyOnly)
      .value("PerformanceOnly", TestMode::PerformanceOnly)
      .value("FindPeakPerformance", TestMode::FindPeakPerformance);
  py::enum_<LoggingMode>(module, "LoggingMode", "Accepted; changes nothing.")
      .value("AsyncPoll", LoggingMode::AsyncPoll)
      .value("EndOfTestOnly", LoggingMode::EndOfTestOnly)
      .value("Synchronous", LoggingMode::Synchronous);
}

void RegisterTestSettings(py::module_& module) {
  auto type = SettingsClass<TestSettings>(module, "TestSettings", "What to run.");
  for (const settings::Row& row : settings::Table()) {
    std::visit([&](auto member) { type.def_readwrite(row.name.data(), member, row.doc.data()); },
               row.member);
  }
  type.def("FromConfig", &FromConfig, py::arg("path"), py::arg("model"), py::arg("scenario"),
           py::arg("conf_type") = 1,
           "Applies the settings that the file at `path` holds for `model` and `scenario`. "
           "conf_type: 0 the built-in rules, 1 a user.conf on top of them, 2 an audit.config. "
           "The built-in rules are those of the round `rules`. Returns 0; raises SettingsError "
           "when the file cannot be read, a line is malformed or there is no such "
           "round, and warns of keys that nothing reads.");
}

void RegisterLogSettings(py::module_& module) {
  SettingsClass<LogOutputSettings>(module, "LogOutputSettings", "Where the log files go.")
      .def_readwrite("outdir", &LogOutputSettings::outdir)
      .def_readwrite("prefix", &LogOutputSettings::prefix)
      .def_readwrite("suffix", &LogOutputSettings::suffix)
      .def_readwrite("prefix_with_datetime", &LogOutputSettings::prefix_with_datetime)
      .def_readwrite("copy_detail_to_stdout", &LogOutputSettings::copy_detail_to_stdout)
      .def_readwrite("copy_summary_to_stdout", &LogOutputSettings::copy_summary_to_stdout);
  SettingsClass<LogSettings>(module, "LogSettings", "What is written to disk.")
      .def_readwrite("write_files", &LogSettings::write_files,
                     "False: no log file at all; the report is the only result.")
      .def_readwrite("log_output", &LogSettings::log_output)
      .def_readwrite("log_mode", &LogSettings::log_mode, "Accepted; changes nothing.")
      .def_readwrite("log_mode_async_poll_interval_ms",
                     &LogSettings::log_mode_async_poll_interval_ms, "Accepted; changes nothing.")
      .def_readwrite("enable_trace", &LogSettings::enable_trace,
                     "Write a Chrome trace of every call and sample. Off by default.");
}

}  // namespace

void RegisterSettings(py::module_& module) {
  RegisterEnums(module);
  RegisterTestSettings(module);
  RegisterLogSettings(module);
  module.def("rounds", &Rounds, "The rounds of the benchmark: what TestSettings.rules may be.");
}

}  // namespace mlperf::python
