// Lists the fields of a report and of its parts, with what each means. The Python binding and the C
// functions read these lists, and so does whatever writes a report in another form.

#ifndef MLPERF_LOADGEN_RESULTS_REPORT_FIELDS_H_
#define MLPERF_LOADGEN_RESULTS_REPORT_FIELDS_H_

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "mlperf_loadgen/report.h"

namespace mlperf::results {

template <typename T>
using ReportMember = std::variant<
    bool T::*, int64_t T::*, uint64_t T::*, double T::*, std::string T::*,
    std::optional<int64_t> T::*, std::optional<uint64_t> T::*, std::optional<double> T::*,
    std::vector<std::string> T::*, std::vector<int64_t> T::*, LatencySummary T::*,
    std::optional<LatencySummary> T::*, EarlyStopping T::*, std::optional<OverheadReport> T::*,
    std::optional<TokenReport> T::*, std::vector<PeakTrial> T::*, EffectiveSettings T::*>;

// When a report has no such value. An empty std::optional always is none; Python says None there,
// C "" and NaN. The fields that hold zero instead are marked, for C and for files.
enum class Absent {
  kNever,
  kWithoutPerformance,  // in AccuracyOnly
  kAtZero,              // a rate, in the scenarios that do not define it
};

// `name` and `doc` are literals: their data() ends in NUL. The unit is in the name or the text.
template <typename T>
struct ReportField {
  std::string_view name;
  ReportMember<T> member;
  std::string_view doc;
  Absent absent = Absent::kNever;
};

// In the order in which they are shown.
template <typename T>
std::span<const ReportField<T>> Fields() = delete;
template <>
std::span<const ReportField<Report>> Fields();
template <>
std::span<const ReportField<LatencySummary>> Fields();
template <>
std::span<const ReportField<OverheadReport>> Fields();
template <>
std::span<const ReportField<EarlyStopping>> Fields();
template <>
std::span<const ReportField<TokenReport>> Fields();
template <>
std::span<const ReportField<PeakTrial>> Fields();

// Whether the report has no value of the field.
bool IsAbsent(const ReportField<Report>& field, const Report& report);

}  // namespace mlperf::results

#endif  // MLPERF_LOADGEN_RESULTS_REPORT_FIELDS_H_
