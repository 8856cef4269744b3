// Reads what a report holds, by name.

#ifndef MLPERF_LOADGEN_C_REPORT_VALUES_H_
#define MLPERF_LOADGEN_C_REPORT_VALUES_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "mlperf_loadgen/report.h"

namespace mlperf::c {

// The first: the test has no such value.
using ReportValue = std::variant<std::monostate, bool, int64_t, uint64_t, double, std::string>;

// All names: mlperf_loadgen.h says which they are, at mlperf_loadgen_report_text.
std::vector<std::string> ValueNames();

// Throws SettingsError for a name that is none of them.
ReportValue ValueOf(const Report& report, std::string_view name);

// "" for none, "true" and "false", numbers as NumberText has them.
std::string TextOf(const ReportValue& value);
// NaN for none, 1 and 0. Throws SettingsError for a text, which is said to be the value `name`.
double NumberOf(const ReportValue& value, std::string_view name);

}  // namespace mlperf::c

#endif  // MLPERF_LOADGEN_C_REPORT_VALUES_H_
