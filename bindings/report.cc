#include "report.h"

#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "loadgen.h"
#include "numpy.h"
#include "representation.h"
#include "settings/effective_table.h"
#include "text.h"

namespace mlperf::python {
namespace {

// A read-only array over a vector of `self`, which stays alive with the array.
template <std::vector<int64_t> Report::* member>
py::array Array(const py::object& self) {
  const std::vector<int64_t>& values = self.cast<const Report&>().*member;
  NeedNumpy();
  py::array_t<int64_t> array(static_cast<py::ssize_t>(values.size()), values.data(), self);
  py::detail::array_proxy(array.ptr())->flags &= ~py::detail::npy_api::NPY_ARRAY_WRITEABLE_;
  return array;
}

// A path, which may hold any bytes.
template <std::string Report::* member>
py::str Path(const Report& report) {
  return PathText(report.*member);
}

void RegisterParts(py::module_& module) {
  py::class_<LatencySummary>(module, "LatencySummary",
                             "A set of durations, in ns. A percentile is a value that occurred.")
      .def("__repr__", Representation("all_fields"))
      .def_readonly("min", &LatencySummary::min)
      .def_readonly("max", &LatencySummary::max)
      .def_readonly("mean", &LatencySummary::mean)
      .def_readonly("p50", &LatencySummary::p50)
      .def_readonly("p90", &LatencySummary::p90)
      .def_readonly("p95", &LatencySummary::p95)
      .def_readonly("p97", &LatencySummary::p97)
      .def_readonly("p99", &LatencySummary::p99)
      .def_readonly("p99_9", &LatencySummary::p99_9);

  py::class_<OverheadReport>(module, "OverheadReport",
                             "LoadGen's own part, from a completion to the next issue.")
      .def("__repr__", Representation("all_fields"))
      .def_readonly("gap_ns", &OverheadReport::gap_ns)
      .def_readonly("share", &OverheadReport::share);

  py::class_<EarlyStopping>(module, "EarlyStopping",
                            "Whether enough queries ran to trust the percentile.")
      .def("__repr__", Representation("all_fields"))
      .def_readonly("met", &EarlyStopping::met)
      .def_readonly("text", &EarlyStopping::text)
      .def_readonly("estimate_ns", &EarlyStopping::estimate_ns)
      .def_readonly("estimate_p99_ns", &EarlyStopping::estimate_p99_ns);

  py::class_<TokenReport>(module, "TokenReport", "Token metrics of the measured series.")
      .def("__repr__", Representation("all_fields"))
      .def_readonly("token_count", &TokenReport::token_count)
      .def_readonly("tpot_sample_count", &TokenReport::tpot_sample_count,
                    "Samples of more than one token, which have a time per output token.")
      .def_readonly("ttft_ns", &TokenReport::ttft_ns, "Time to first token.")
      .def_readonly("tpot_ns", &TokenReport::tpot_ns, "Time per output token.")
      .def_readonly("ttft_at_target_percentile_ns", &TokenReport::ttft_at_target_percentile_ns)
      .def_readonly("tpot_at_target_percentile_ns", &TokenReport::tpot_at_target_percentile_ns)
      .def_readonly("tokens_per_second", &TokenReport::tokens_per_second)
      .def_readonly("tps_with_loadgen_overhead", &TokenReport::tps_with_loadgen_overhead)
      .def_readonly("tps_without_loadgen_overhead", &TokenReport::tps_without_loadgen_overhead)
      .def_readonly("ttft_early_stopping", &TokenReport::ttft_early_stopping)
      .def_readonly("tpot_early_stopping", &TokenReport::tpot_early_stopping);
}

void RegisterPeakTrial(py::module_& module) {
  using T = PeakTrial;
  py::class_<T>(module, "PeakTrial", "One run of a search for the peak.")
      .def_readonly("load", &T::load)
      .def_readonly("valid", &T::valid)
      .def_readonly("latency_at_target_percentile_ns", &T::latency_at_target_percentile_ns)
      .def_readonly("reason", &T::reason);
}

void RegisterEffectiveSettings(py::module_& module) {
  py::class_<EffectiveSettings> type(
      module, "EffectiveSettings", "The settings a test ran with: one meaning for every scenario.");
  type.def("__repr__", Representation("all_fields"));
  for (const settings::EffectiveRow& row : settings::EffectiveTable()) {
    std::visit([&](auto member) { type.def_readonly(row.name.data(), member, row.doc.data()); },
               row.member);
  }
}

}  // namespace

void RegisterReport(py::module_& module) {
  RegisterParts(module);
  RegisterPeakTrial(module);
  RegisterEffectiveSettings(module);
  using R = Report;
  py::class_<R, std::shared_ptr<R>>(module, "Report", "What a test found out.")
      .def_readonly("sut_name", &R::sut_name)
      .def_readonly("qsl_name", &R::qsl_name)
      .def_readonly("settings", &R::settings)
      .def_property_readonly("scenario", [](const R& report) { return report.settings.scenario; })
      .def_property_readonly("mode", [](const R& report) { return report.settings.mode; })
      .def_readonly("complete", &R::complete)
      .def_readonly("audited", &R::audited)
      .def_readonly("end_reason", &R::end_reason)
      .def_readonly("missing_samples", &R::missing_samples)
      .def_readonly("has_performance", &R::has_performance)
      .def_readonly("valid", &R::valid)
      .def_readonly("performance_constraints_met", &R::performance_constraints_met)
      .def_readonly("min_duration_met", &R::min_duration_met)
      .def_readonly("min_queries_met", &R::min_queries_met)
      .def_readonly("early_stopping_met", &R::early_stopping_met)
      .def_readonly("recommendations", &R::recommendations)
      .def_readonly("query_count", &R::query_count)
      .def_readonly("sample_count", &R::sample_count)
      .def_readonly("peak", &R::peak)
      .def_readonly("peak_trials", &R::peak_trials)
      .def_readonly("overlatency_query_count", &R::overlatency_query_count)
      .def_readonly("skipped_intervals", &R::skipped_intervals)
      .def_readonly("skipping_query_count", &R::skipping_query_count)
      .def_readonly("intervals_between_queries", &R::intervals_between_queries)
      .def_readonly("schedule_lag_ns", &R::schedule_lag_ns)
      .def_readonly("loadgen_overhead", &R::loadgen_overhead)
      .def_readonly("notes", &R::notes)
      .def_readonly("duration_seconds", &R::duration_seconds)
      .def_readonly("latency_ns", &R::latency_ns)
      .def_readonly("query_latency_ns", &R::query_latency_ns)
      .def_readonly("latency_at_target_percentile_ns", &R::latency_at_target_percentile_ns)
      .def_readonly("early_stopping", &R::early_stopping)
      .def_readonly("qps_with_loadgen_overhead", &R::qps_with_loadgen_overhead)
      .def_readonly("qps_without_loadgen_overhead", &R::qps_without_loadgen_overhead)
      .def_readonly("completed_samples_per_second", &R::completed_samples_per_second)
      .def_readonly("scheduled_samples_per_second", &R::scheduled_samples_per_second)
      .def_readonly("samples_per_second", &R::samples_per_second)
      .def_readonly("inferred_tokens_per_second", &R::inferred_tokens_per_second)
      .def_readonly("tokens", &R::tokens)
      .def_readonly("error_count", &R::error_count)
      .def_readonly("warning_count", &R::warning_count)
      .def_readonly("errors", &R::errors)
      .def_readonly("warnings", &R::warnings)
      .def_readonly("empty_response_count", &R::empty_response_count)
      .def_readonly("accuracy_sample_count", &R::accuracy_sample_count)
      .def_property_readonly("latencies_ns", &Array<&R::latencies_ns>)
      .def_property_readonly("query_latencies_ns", &Array<&R::query_latencies_ns>)
      .def_property_readonly("query_intervals", &Array<&R::query_intervals>)
      .def_property_readonly("ttft_latencies_ns", &Array<&R::ttft_latencies_ns>)
      .def_property_readonly("tpot_latencies_ns", &Array<&R::tpot_latencies_ns>)
      .def_property_readonly("summary_path", &Path<&R::summary_path>)
      .def_property_readonly("detail_path", &Path<&R::detail_path>)
      .def_property_readonly("accuracy_path", &Path<&R::accuracy_path>)
      .def_property_readonly("trace_path", &Path<&R::trace_path>)
      .def("__repr__", Representation("report_line"))
      .def("__str__", [](const py::object& self) {
        return py::module_::import("mlperf_loadgen.report_text").attr("report_table")(self);
      });
}

}  // namespace mlperf::python
