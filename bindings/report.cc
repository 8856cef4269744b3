#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "mlperf_loadgen/loadgen.h"
#include "numpy.h"
#include "package.h"
#include "register.h"
#include "results/report_fields.h"
#include "settings/effective_table.h"
#include "text.h"
#include "timeline.h"
#include "typed.h"

namespace mlperf::python {
namespace {

// A read-only array over `values` of `self`, which stays alive with the array.
py::array_t<int64_t> Array(const std::vector<int64_t>& values, const py::object& self) {
  NeedNumpy();
  py::array_t<int64_t> array(static_cast<py::ssize_t>(values.size()), values.data(), self);
  py::detail::array_proxy(array.ptr())->flags &= ~py::detail::npy_api::NPY_ARRAY_WRITEABLE_;
  return array;
}

template <typename Class, typename T>
void AddField(Class& type, const results::ReportField<T>& field) {
  const char* const name = field.name.data();
  const char* const doc = field.doc.data();
  std::visit(
      [&](auto member) {
        using Value = std::remove_reference_t<decltype(std::declval<T&>().*member)>;
        if constexpr (std::is_same_v<Value, std::vector<int64_t>>) {
          const auto array = [member](const py::object& self) {
            return Array(self.cast<const T&>().*member, self);
          };
          type.def_property_readonly(name, array, doc);
          return;
        }
        if constexpr (std::is_same_v<Value, std::string>) {
          if (field.name.ends_with("_path")) {  // which may hold any bytes
            const auto path = [member](const T& report) { return PathText(report.*member); };
            type.def_property_readonly(name, path, doc);
            return;
          }
        }
        type.def_readonly(name, member, doc);
      },
      field.member);
}

template <typename T>
void RegisterPart(py::module_& module, const char* name, const char* doc) {
  py::class_<T> type(module, name, doc);
  type.def("__repr__", TextOf(&Package::all_fields));
  for (const auto& field : results::Fields<T>()) AddField(type, field);
}

void RegisterEffectiveSettings(py::module_& module) {
  py::class_<EffectiveSettings> type(
      module, "EffectiveSettings",
      "The settings a test really ran with: one meaning for every scenario.");
  type.def("__repr__", TextOf(&Package::all_fields));
  for (const settings::EffectiveRow& row : settings::EffectiveTable()) {
    const std::string name(row.name);
    const std::string doc(row.doc);
    std::visit([&](auto member) { type.def_readonly(name.c_str(), member, doc.c_str()); },
               row.member);
  }
}

}  // namespace

void RegisterReport(py::module_& module) {
  RegisterPart<LatencySummary>(module, "LatencySummary",
                               "A set of durations, in ns. A percentile is a value that occurred.");
  RegisterPart<OverheadReport>(module, "OverheadReport",
                               "From the completion of a query to the issue of the next.\n\n"
                               "That is LoadGen's own time, the waking of its thread, and what the "
                               "SUT does on that thread after completing a query.");
  RegisterPart<EarlyStopping>(module, "EarlyStopping",
                              "Whether enough queries ran to trust the percentile.");
  RegisterPart<TokenReport>(module, "TokenReport", "Token metrics of the measured series.");
  RegisterPart<PeakTrial>(module, "PeakTrial", "One run of a search for the peak.");
  RegisterEffectiveSettings(module);
  py::class_<Report, std::shared_ptr<Report>> type(module, "Report",
                                                   "What a test found out. Print it for a table.");
  for (const auto& field : results::Fields<Report>()) AddField(type, field);
  type.def_property_readonly(
          "scenario", [](const Report& report) { return report.settings.scenario; },
          "How queries arrived.")
      .def_property_readonly(
          "mode", [](const Report& report) { return report.settings.mode; }, "What was measured.")
      .def_property_readonly(
          "timeline", [](const Report& report) { return TimelineValue(report.timeline); },
          "How the test went over time, as in report.json; None without "
          "LogSettings.keep_timeline.")
      .def_property_readonly(
          "curves", [](const Report& report) { return CurvesValue(report.curves); },
          "The distributions of durations, as in report.json; empty without "
          "LogSettings.keep_timeline.")
      .def(
          "save",
          [](const py::object& self, const Typed<"str | os.PathLike[str]">& target) {
            return Typed<"Path">(
                py::reinterpret_borrow<py::object>(package.save_report)(self, target));
          },
          py::arg("target"),
          "Write report.json, to a folder or to a file whose name ends in .json, and return its "
          "path. Raises OutputError.")
      .def(
          "flat",
          [](const py::object& self) {
            return Typed<"dict[str, float]">(
                py::reinterpret_borrow<py::object>(package.report_figures)(self));
          },
          "Return every figure by its name, such as \"p99\" or \"qps\"; durations are in ns.")
      .def("_repr_html_", TextOf(&Package::report_html))
      .def("__repr__", TextOf(&Package::report_line))
      .def("__str__", TextOf(&Package::report_table));
}

}  // namespace mlperf::python
