#include "c/named_settings.h"

#include <array>
#include <charconv>
#include <cstdint>
#include <optional>
#include <system_error>
#include <variant>
#include <vector>

#include "base/text.h"
#include "c/number_text.h"
#include "mlperf_loadgen/errors.h"
#include "settings/config.h"
#include "settings/names.h"
#include "settings/suggest.h"
#include "settings/table.h"
#include "settings/value_text.h"

namespace mlperf::c {
namespace {

struct LogRow {
  std::string_view name;
  std::variant<std::string LogOutputSettings::*, bool LogOutputSettings::*, bool LogSettings::*>
      member;
};

constexpr LogRow kLogRows[] = {
    {"outdir", &LogOutputSettings::outdir},
    {"prefix", &LogOutputSettings::prefix},
    {"suffix", &LogOutputSettings::suffix},
    {"prefix_with_datetime", &LogOutputSettings::prefix_with_datetime},
    {"copy_detail_to_stdout", &LogOutputSettings::copy_detail_to_stdout},
    {"copy_summary_to_stdout", &LogOutputSettings::copy_summary_to_stdout},
    {"write_files", &LogSettings::write_files},
    {"enable_trace", &LogSettings::enable_trace},
    {"keep_timeline", &LogSettings::keep_timeline},
};

constexpr std::string_view kAuditConfig = "audit_config";

// The row of this name, or null.
template <typename Rows>
auto FindRow(const Rows& rows, std::string_view name) -> decltype(rows.data()) {
  for (const auto& row : rows) {
    if (row.name == name) return &row;
  }
  return nullptr;
}

[[noreturn]] void ThrowUnknown(std::string_view name) {
  std::vector<std::string_view> known = {kAuditConfig};
  for (const settings::Row& row : settings::Table()) known.push_back(row.name);
  for (const LogRow& row : kLogRows) known.push_back(row.name);
  std::string text = "no setting is called '" + settings::Clip(name) + "'";
  const std::string_view nearest = settings::Nearest(name, known);
  if (!nearest.empty()) text.append("; the nearest known is '").append(nearest).append("'");
  throw SettingsError(text);
}

// Calls `visitor` with the member called `name`. `test` and `logs` are const or not.
template <typename Test, typename Logs, typename Audit, typename Visitor>
auto Visit(Test& test, Logs& logs, Audit& audit_config, std::string_view name,
           const Visitor& visitor) {
  if (name == kAuditConfig) return visitor(audit_config);
  if (const auto* row = FindRow(settings::Table(), name); row != nullptr) {
    return std::visit([&](auto member) { return visitor(test.*member); }, row->member);
  }
  const auto* row = FindRow(std::span(kLogRows), name);
  if (row == nullptr) ThrowUnknown(name);
  return std::visit(
      [&](auto member) {
        if constexpr (requires { logs.*member; }) {
          return visitor(logs.*member);
        } else {
          return visitor(logs.log_output.*member);
        }
      },
      row->member);
}

// Each reads `text` into `value`, or says what is allowed and leaves it.
using Mistake = std::optional<std::string>;

template <typename Number>
Mistake Read(std::string_view text, Number& value) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) {
    if constexpr (std::is_same_v<Number, double>) return "a number";
    return std::is_signed_v<Number> ? "a whole number" : "a whole number, at least 0";
  }
  value = number;
  return std::nullopt;
}

template <>
Mistake Read(std::string_view text, bool& value) {
  if (text != "true" && text != "false" && text != "1" && text != "0") return "true or false";
  value = text == "true" || text == "1";
  return std::nullopt;
}

template <>
Mistake Read(std::string_view text, TestScenario& value) {
  const auto scenario = settings::ScenarioFromName(text);
  if (!scenario) return settings::ScenarioNames();
  value = *scenario;
  return std::nullopt;
}

template <>
Mistake Read(std::string_view text, TestMode& value) {
  const auto mode = settings::ModeFromName(text);
  if (!mode) return settings::ModeNames();
  value = *mode;
  return std::nullopt;
}

template <>
Mistake Read(std::string_view text, std::string& value) {
  value = text;
  return std::nullopt;
}

}  // namespace

void NamedSettings::Set(std::string_view name, std::string_view text) {
  const Mistake mistake =
      Visit(test_, logs_, audit_config_, name, [text](auto& member) { return Read(text, member); });
  if (!mistake) return;
  throw SettingsError(std::string(name) + " = '" + settings::Clip(text) + "': must be " + *mistake);
}

std::string NamedSettings::Get(std::string_view name) const {
  return Visit(test_, logs_, audit_config_, name,
               [](const auto& member) { return settings::ValueText(member, NumberText); });
}

void NamedSettings::ApplyConfig(const char* path, const std::string& model) {
  const std::string scenario(settings::Name(test_.scenario));
  const size_t old_notes = test_.notes.size();
  const int code = path == nullptr ? test_.FromConfig("", model, scenario, 0)
                                   : test_.FromConfig(path, model, scenario);
  if (code == 0) return;
  std::string errors;
  for (size_t i = old_notes; i < test_.notes.size(); ++i) {
    SettingsNote& note = test_.notes[i];
    note.said = note.is_error;
    if (!note.is_error) continue;
    errors.append(errors.empty() ? "" : "\n").append(base::OneLine(path)).append(": " + note.text);
  }
  throw SettingsError(errors);
}

}  // namespace mlperf::c
