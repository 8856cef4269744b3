#include "package.h"

#include "typed.h"

namespace mlperf::python {

namespace {

using ErrorClass = Typed<"type[Exception]">;
using Text = Typed<"Callable[[Any], str]">;

}  // namespace

Package package;

void RegisterPackage(py::module_& module) {
  using py::arg;
  module.def(
      "connect",
      [](ErrorClass settings_error, ErrorClass output_error, ErrorClass state_error,
         ErrorClass incomplete_error, Text all_fields, Text changed_fields, Text report_line,
         Text report_table, Text report_html, Typed<"Callable[..., Path]"> save_report,
         Typed<"Callable[[Report], dict[str, float]]"> report_figures) {
        package = {settings_error.release().ptr(), output_error.release().ptr(),
                   state_error.release().ptr(),    incomplete_error.release().ptr(),
                   all_fields.release().ptr(),     changed_fields.release().ptr(),
                   report_line.release().ptr(),    report_table.release().ptr(),
                   report_html.release().ptr(),    save_report.release().ptr(),
                   report_figures.release().ptr()};
      },
      py::kw_only(), arg("settings_error"), arg("output_error"), arg("state_error"),
      arg("incomplete_error"), arg("all_fields"), arg("changed_fields"), arg("report_line"),
      arg("report_table"), arg("report_html"), arg("save_report"), arg("report_figures"),
      "Takes what this module needs of the package, which imports it.");
}

}  // namespace mlperf::python
