// Lists the fields of EffectiveSettings. The effective_* entries of the detail log, the summary's
// parameters and the Python binding read this table; a field that is a setting has its row in
// table.cc.

#ifndef MLPERF_LOADGEN_SETTINGS_EFFECTIVE_TABLE_H_
#define MLPERF_LOADGEN_SETTINGS_EFFECTIVE_TABLE_H_

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "mlperf_loadgen/test_settings.h"
#include "settings/table.h"

namespace mlperf::settings {

// `name` and `doc` are literals: their data() ends in NUL.
struct EffectiveRow {
  std::string_view name;  // in Python
  std::string_view doc;   // one line, with the unit
  EffectiveMember member;
  std::optional<Member> from =
      std::nullopt;                  // the setting that it copies, unless Derive changes it
  Logging logged = Logging::kNever;  // kIfSet: while `from` has another value than its default
  std::string log_key = {};          // of the detail log
  bool (*in_summary)(const EffectiveSettings&) = nullptr;  // null: not among its parameters
};

// In the order of the effective_* entries and of the summary.
std::span<const EffectiveRow> EffectiveTable();

// `to` with the value of each setting that it copies.
void CopySettings(const TestSettings& from, EffectiveSettings& to);

// Whether the setting that the row copies has another value than its default.
bool IsSet(const EffectiveRow& row, const TestSettings& settings);

}  // namespace mlperf::settings

#endif  // MLPERF_LOADGEN_SETTINGS_EFFECTIVE_TABLE_H_
