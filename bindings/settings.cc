#include <algorithm>
#include <climits>
#include <string>
#include <string_view>
#include <tuple>
#include <variant>
#include <vector>

#include "mlperf_loadgen/loadgen.h"
#include "mlperf_loadgen/test_settings.h"
#include "package.h"
#include "register.h"
#include "scenario/traits.h"
#include "settings/from_config.h"
#include "settings/names.h"
#include "settings/table.h"
#include "text.h"
#include "typed.h"

namespace mlperf::python {
namespace {

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

int FromConfig(TestSettings& settings, const Path& config, const std::string& model,
               const std::string& scenario, const Typed<"SupportsIndex">& conf_type,
               std::vector<settings::Origin>* origins) {
  const std::string path = PathBytes(config);
  const std::string shown = MessageText(path);
  const size_t old_notes = settings.notes.size();
  const int code =
      settings::FromConfig(settings, path, model, scenario, ConfType(conf_type), origins);
  std::string errors;
  for (size_t i = old_notes; i < settings.notes.size(); ++i) {
    SettingsNote& note = settings.notes[i];
    note.said = true;
    const std::string text = path.empty() ? note.text : shown + ": " + note.text;
    if (note.is_error) {
      errors += (errors.empty() ? "" : "\n") + text;
    } else if (PyErr_WarnEx(PyExc_UserWarning, text.c_str(), 1) != 0) {
      throw py::error_already_set();
    }
  }
  if (code != 0) throw SettingsError(errors);
  return code;
}

using OriginTuple = std::tuple<std::string, std::string, int, std::string>;

std::vector<OriginTuple> ApplyConfig(TestSettings& settings, const Path& config,
                                     const std::string& model, const std::string& scenario,
                                     const Typed<"SupportsIndex">& conf_type) {
  std::vector<settings::Origin> origins;
  FromConfig(settings, config, model, scenario, conf_type, &origins);
  std::vector<OriginTuple> tuples;
  tuples.reserve(origins.size());
  for (const settings::Origin& origin : origins) {
    tuples.emplace_back(origin.setting, origin.file, origin.line, MessageText(origin.key));
  }
  return tuples;
}

// The attributes of a settings object, by name.
using Attributes = Typed<"dict[str, Any]", py::dict>;

Attributes State(const py::object& settings) {
  Attributes state;
  const py::dict members(py::type::of(settings).attr("__dict__"));
  const auto property =
      py::reinterpret_borrow<py::object>(reinterpret_cast<PyObject*>(&PyProperty_Type));
  for (const auto& [name, member] : members) {
    if (py::isinstance(member, property)) state[name] = py::getattr(settings, name);
  }
  return state;
}

// A settings object that Python can copy, send to another process, and show.
template <typename T>
py::class_<T> SettingsClass(py::module_& module, const char* name, const char* doc) {
  return py::class_<T>(module, name, doc)
      .def(py::init<>())
      .def("__copy__", [](const T& settings) { return T(settings); })
      .def(
          "__deepcopy__",
          [](const T& settings, const Typed<"dict[int, object]", py::dict>&) {
            return T(settings);
          },
          py::arg("memo"))
      .def(py::pickle([](const T& settings) { return State(py::cast(settings)); },
                      [](const Attributes& state) {
                        T settings;
                        const py::object view =
                            py::cast(&settings, py::return_value_policy::reference);
                        for (const auto& [key, value] : state) py::setattr(view, key, value);
                        return settings;
                      }),
           py::arg("state"))
      .def("__repr__", TextOf(&Package::changed_fields));
}

// A path, or a part of one, which may hold any bytes.
template <std::string LogOutputSettings::* member>
void PathProperty(py::class_<LogOutputSettings>& type, const char* name) {
  type.def_property(
      name, [](const LogOutputSettings& output) { return PathText(output.*member); },
      [](LogOutputSettings& output, const py::object& path) { output.*member = PathBytes(path); });
}

// The texts are in the order of the enumerators.
template <auto member, TypeText... texts>
void Choice(py::class_<scenario::Traits>& type, const char* name, const char* doc) {
  type.def_property_readonly(
      name,
      [](const scenario::Traits& traits) {
        static constexpr const char* kTexts[] = {texts.chars...};
        return OneOf<texts...>(kTexts[static_cast<size_t>(traits.*member)]);
      },
      doc);
}

Typed<"dict[str, str]", py::dict> ShortForms(const scenario::Traits& traits) {
  py::dict forms;
  const auto add = [&](const char* name, const char* setting) {
    if (setting != nullptr) forms[name] = setting;
  };
  add("target_qps", traits.closed_loop() ? nullptr : traits.rate_setting);
  add("target_latency_ns", traits.target_latency_ns);
  add("expected_latency_ns", traits.closed_loop() ? traits.rate_setting : nullptr);
  add("target_latency_percentile", traits.target_latency_percentile);
  add("samples_per_query", traits.samples_per_query);
  return forms;
}

void RegisterScenarioTraits(py::module_& module) {
  using scenario::Traits;
  py::class_<Traits> type(module, "ScenarioTraits", "How a scenario differs from the others.");
  type.def_property_readonly("closed_loop", &Traits::closed_loop,
                             "Whether a query is issued when the one before has completed.")
      .def_property_readonly("one_query", &Traits::one_query, "Whether there is only one query.")
      .def_property_readonly("poisson", &Traits::poisson,
                             "Whether queries are issued at random times of a schedule.")
      .def_readonly("contiguous_samples", &Traits::contiguous_samples,
                    "Whether a query has several samples, neighbours in the loaded set.")
      .def_readonly("first_tokens", &Traits::first_tokens,
                    "Whether TTFT and TPOT count, with token latencies.")
      .def_property_readonly("short_forms", &ShortForms,
                             "The settings that the short forms of run() stand for.");
  Choice<&Traits::constraint, "none", "latency", "intervals">(type, "constraint",
                                                              "The performance constraint.");
  Choice<&Traits::result, "latency", "rate", "samples_per_query">(
      type, "result", "The figure that is the result of a test.");
  Choice<&Traits::peak_search, "none", "qps", "samples_per_query">(
      type, "peak_search", "What FindPeakPerformance varies.");
  module.def(
      "scenario_traits",
      [](TestScenario scenario) {
        if (!scenario::IsKnown(scenario)) throw py::value_error("scenario: unknown");
        return scenario::TraitsOf(scenario);
      },
      py::arg("scenario"),
      "How a scenario differs from the others. Raises ValueError if there is none of this number.");
}

void RegisterEnums(py::module_& module) {
  py::enum_<TestScenario> scenario(module, "TestScenario",
                                   "How queries arrive.\n\nMultiStreamFree is of the rounds until "
                                   "v1.1; a test with it is refused.");
  for (size_t i = 0; i < scenario::kCount; ++i) {
    const scenario::Traits& traits = scenario::kTable[i];
    scenario.value(traits.name, static_cast<TestScenario>(i), traits.doc);
  }
  // No member: scripts of the rounds until v1.1 name it in their tables, a test with it is refused.
  scenario.attr("MultiStreamFree") = settings::kMultiStreamFree;
  py::enum_<TestMode>(module, "TestMode", "What a test does.")
      .value("SubmissionRun", TestMode::SubmissionRun, "Accuracy, then performance.")
      .value("AccuracyOnly", TestMode::AccuracyOnly, "Every sample once, all responses logged.")
      .value("PerformanceOnly", TestMode::PerformanceOnly,
             "Timed; responses logged only as the accuracy_log_* settings ask.")
      .value(
          "FindPeakPerformance", TestMode::FindPeakPerformance,
          "The highest QPS (Server) or samples per query (MultiStreamFixedInterval) still valid.");
  py::enum_<LoggingMode>(module, "LoggingMode", "Accepted; changes nothing.")
      .value("AsyncPoll", LoggingMode::AsyncPoll)
      .value("EndOfTestOnly", LoggingMode::EndOfTestOnly)
      .value("Synchronous", LoggingMode::Synchronous);
}

// Says which setting takes the place of one that scripts of the first rounds assign to.
void SetAttribute(const py::object& settings, const py::str& name, const py::object& value) {
  if (PyObject_GenericSetAttr(settings.ptr(), name.ptr(), value.ptr()) == 0) return;
  const std::string text = py::cast<std::string>(name);
  constexpr std::string_view kOverride = "override_";
  const bool is_override = text.rfind(kOverride, 0) == 0;
  if (PyErr_ExceptionMatches(PyExc_AttributeError) == 0 ||
      (!is_override && text != "enable_spec_overrides")) {
    throw py::error_already_set();
  }
  PyErr_Clear();
  const std::string instead = is_override ? text.substr(kOverride.size()) : "the setting";
  throw py::attribute_error(text + ": gone since the rules of a round come from its mlperf.conf; " +
                            "set " + instead + " itself");
}

// `name` is what the rounds until v1.1 called `row_name`.
template <typename T>
void AddOldName(py::class_<TestSettings>& type, const char* name, const char* row_name,
                T TestSettings::* member) {
  type.def_property(
      name, [member](const TestSettings& settings) { return settings.*member; },
      [=](TestSettings& settings, T value) {
        const std::string text = std::string(name) + ": accepted for scripts of the rounds until " +
                                 "v1.1; sets " + row_name;
        if (PyErr_WarnEx(PyExc_DeprecationWarning, text.c_str(), 1) != 0) {
          throw py::error_already_set();
        }
        settings.*member = value;
      },
      (std::string("What the rounds until v1.1 called ") + row_name + ".").c_str());
}

void RegisterTestSettings(py::module_& module) {
  auto type = SettingsClass<TestSettings>(
      module, "TestSettings", "What to run. Zero means \"no limit\" where a limit may be absent.");
  for (const settings::Row& row : settings::Table()) {
    const std::string name(row.name);
    const std::string doc(row.doc);
    std::visit([&](auto member) { type.def_readwrite(name.c_str(), member, doc.c_str()); },
               row.member);
  }
  AddOldName(type, "multi_stream_target_qps", "multi_stream_interval_target_qps",
             &TestSettings::multi_stream_interval_target_qps);
  AddOldName(type, "multi_stream_max_async_queries", "multi_stream_interval_max_async_queries",
             &TestSettings::multi_stream_interval_max_async_queries);
  type.def("__setattr__", &SetAttribute, py::arg("name"), py::arg("value"));
  type.def(
      "FromConfig",
      [](TestSettings& settings, const Path& path, const std::string& model,
         const std::string& scenario, const Typed<"SupportsIndex">& conf_type) {
        return FromConfig(settings, path, model, scenario, conf_type, nullptr);
      },
      py::arg("path"), py::arg("model"), py::arg("scenario"), py::arg("conf_type") = 1,
      "Apply the settings that the file at ``path`` holds for ``model`` and ``scenario``.\n\n"
      "``conf_type``: 0 the built-in rules (``path`` is ignored), 1 a user.conf on top of them, 2 "
      "an audit.config. The built-in rules are those of the round ``rules``. Returns 0. Raises "
      "SettingsError when the file is not a regular file, a line is malformed or there is no such "
      "round; nothing of the file is applied then. Warns of keys that nothing reads, of a file "
      "that has no line for ``model`` in ``scenario``, and of a model whose name is nearly one "
      "with rules.");
  module.def("apply_config", &ApplyConfig, py::arg("settings"), py::arg("path"), py::arg("model"),
             py::arg("scenario"), py::arg("conf_type"),
             "Do what ``settings.FromConfig`` does and return where it found what it has set.\n\n"
             "The name of the setting, the file of the built-in rules or \"\" for the one at "
             "``path``, the line, and the key as written. Of a setting the last stands.");
}

void RegisterLogSettings(py::module_& module) {
  auto output = SettingsClass<LogOutputSettings>(
      module, "LogOutputSettings",
      "Where the log files go: ``<outdir>/<prefix>[<datetime>_]<kind><suffix>.<txt or json>``.");
  PathProperty<&LogOutputSettings::outdir>(output, "outdir");
  PathProperty<&LogOutputSettings::prefix>(output, "prefix");
  PathProperty<&LogOutputSettings::suffix>(output, "suffix");
  output.def_readwrite("prefix_with_datetime", &LogOutputSettings::prefix_with_datetime)
      .def_readwrite("copy_detail_to_stdout", &LogOutputSettings::copy_detail_to_stdout)
      .def_readwrite("copy_summary_to_stdout", &LogOutputSettings::copy_summary_to_stdout);
  SettingsClass<LogSettings>(module, "LogSettings", "What is written to disk.")
      .def_readwrite("write_files", &LogSettings::write_files,
                     "False: no log file at all; the report is the only result.")
      .def_readwrite("log_output", &LogSettings::log_output)
      .def_readwrite("log_mode", &LogSettings::log_mode, "Accepted; changes nothing.")
      .def_readwrite("log_mode_async_poll_interval_ms",
                     &LogSettings::log_mode_async_poll_interval_ms, "Accepted; changes nothing.")
      .def_readwrite("keep_timeline", &LogSettings::keep_timeline,
                     "Fill Report.timeline and Report.curves.")
      .def_readwrite("enable_trace", &LogSettings::enable_trace,
                     "Write a Chrome trace of every call and sample. Off by default.");
}

}  // namespace

void RegisterSettings(py::module_& module) {
  RegisterEnums(module);
  RegisterScenarioTraits(module);
  RegisterTestSettings(module);
  RegisterLogSettings(module);
  module.def("rounds", &Rounds,
             "The rounds of the benchmark, oldest first: what ``TestSettings.rules`` may be.\n\n"
             "The whole rules of v0.5, v0.7, v1.0, v1.1 and v6.1 are built in. The others are the "
             "rules of v6.1 with the seeds of their round.");
}

}  // namespace mlperf::python
