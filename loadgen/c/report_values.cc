#include "c/report_values.h"

#include <limits>
#include <optional>
#include <type_traits>
#include <vector>

#include "c/number_text.h"
#include "mlperf_loadgen/errors.h"
#include "results/report_fields.h"
#include "scenario/traits.h"
#include "settings/config.h"
#include "settings/names.h"
#include "settings/suggest.h"

namespace mlperf::c {
namespace {

std::string Lines(const std::vector<std::string>& texts) {
  std::string lines;
  for (const std::string& text : texts) lines.append(lines.empty() ? "" : "\n").append(text);
  return lines;
}

ReportValue Result(const Report& report) {
  if (!report.has_performance) return {};
  switch (scenario::TraitsOf(report.settings.scenario).result) {
    case scenario::Result::kLatency: return report.latency_at_target_percentile_ns;
    case scenario::Result::kRate: return report.samples_per_second;
    case scenario::Result::kSamplesPerQuery: return report.settings.samples_per_query;
  }
  return {};
}

ReportValue Value(const std::vector<std::string>& texts) { return Lines(texts); }
template <typename T>
  requires std::is_constructible_v<ReportValue, T>
ReportValue Value(const T& value) {
  return value;
}
template <typename T>
  requires std::is_constructible_v<ReportValue, T>
ReportValue Value(const std::optional<T>& value) {
  return value ? ReportValue(*value) : ReportValue();
}

// Whether C has a form for the type of the field: not for arrays and for parts with fields of their
// own.
template <typename T>
bool IsInC(const results::ReportField<T>& field) {
  return std::visit([](auto member) { return requires(const T& of) { Value(of.*member); }; },
                    field.member);
}

template <typename T>
ReportValue Value(const results::ReportField<T>& field, const T& of) {
  return std::visit(
      [&](auto member) -> ReportValue {
        if constexpr (requires { Value(of.*member); }) return Value(of.*member);
        return {};
      },
      field.member);
}

// Every name that C knows, in turn, with its value.
template <typename Visitor>
void ForEachValue(const Report& report, const Visitor& visit) {
  visit("scenario", [&] { return std::string(settings::Name(report.settings.scenario)); });
  visit("mode", [&] { return std::string(settings::Name(report.settings.mode)); });
  visit("result", [&] { return Result(report); });
  for (const auto& field : results::Fields<Report>()) {
    if (!IsInC(field)) continue;
    visit(field.name,
          [&] { return results::IsAbsent(field, report) ? ReportValue() : Value(field, report); });
  }
  for (const auto& field : results::Fields<LatencySummary>()) {
    visit("latency_" + std::string(field.name) + "_ns",
          [&] { return report.has_performance ? Value(field, report.latency_ns) : ReportValue(); });
  }
  for (const auto& field : results::Fields<TokenReport>()) {
    if (!IsInC(field)) continue;
    visit(field.name, [&] { return report.tokens ? Value(field, *report.tokens) : ReportValue(); });
  }
}

}  // namespace

std::vector<std::string> ValueNames() {
  std::vector<std::string> names;
  ForEachValue(Report(), [&](std::string_view name, const auto&) { names.emplace_back(name); });
  return names;
}

ReportValue ValueOf(const Report& report, std::string_view name) {
  std::optional<ReportValue> found;
  ForEachValue(report, [&](std::string_view each, const auto& value) {
    if (each == name) found = value();
  });
  if (found) return *found;
  const std::vector<std::string> names = ValueNames();
  const std::vector<std::string_view> known(names.begin(), names.end());
  std::string text = "a report has no '" + settings::Clip(name) + "'";
  const std::string_view nearest = settings::Nearest(name, known);
  if (!nearest.empty()) text.append("; the nearest known is '").append(nearest).append("'");
  throw SettingsError(text);
}

std::string TextOf(const ReportValue& value) {
  return std::visit(
      [](const auto& held) -> std::string {
        using Held = std::decay_t<decltype(held)>;
        if constexpr (std::is_same_v<Held, std::monostate>) {
          return {};
        } else if constexpr (std::is_same_v<Held, bool>) {
          return held ? "true" : "false";
        } else if constexpr (std::is_same_v<Held, double>) {
          return NumberText(held);
        } else if constexpr (std::is_same_v<Held, std::string>) {
          return held;
        } else {
          return std::to_string(held);
        }
      },
      value);
}

double NumberOf(const ReportValue& value, std::string_view name) {
  return std::visit(
      [name](const auto& held) -> double {
        using Held = std::decay_t<decltype(held)>;
        if constexpr (std::is_same_v<Held, std::monostate>) {
          return std::numeric_limits<double>::quiet_NaN();
        } else if constexpr (std::is_same_v<Held, std::string>) {
          throw SettingsError(std::string(name) + " is a text, not a number");
        } else {
          return static_cast<double>(held);
        }
      },
      value);
}

}  // namespace mlperf::c
