#include "settings/log_entries.h"

#include <string>
#include <type_traits>
#include <variant>

#include "base/text.h"
#include "settings/effective_table.h"
#include "settings/round_form.h"
#include "settings/table.h"

namespace mlperf::settings {
namespace {

std::string Json(double value) { return base::JsonNumber(value); }
std::string Json(int value) { return base::JsonNumber(int64_t{value}); }
std::string Json(int64_t value) { return base::JsonNumber(value); }
std::string Json(uint64_t value) { return base::JsonNumber(value); }
std::string Json(bool value) { return base::JsonBool(value); }
std::string Json(const std::string& value) { return base::JsonString(value); }

// In the words of the round.
template <typename T>
std::string Json(const T& value, const std::string& rules) {
  if constexpr (std::is_enum_v<T>) {
    return base::JsonString(Name(value, FormOf(rules)));
  } else {
    return Json(value);
  }
}

}  // namespace

base::Entries NoteEntries(const TestSettings& settings) {
  base::Entries entries;
  for (const SettingsNote& note : settings.notes) {
    entries.push_back({note.key, base::JsonString(note.text),
                       note.is_error ? base::Severity::kError : base::Severity::kWarning});
  }
  return entries;
}

base::Entries RequestedEntries(const TestSettings& settings) {
  const TestSettings defaults;
  base::Entries entries;
  for (const Row& row : Table()) {
    if (row.requested_key.empty() || !Matters(row, settings)) continue;
    std::visit(
        [&](auto member) {
          const auto& value = settings.*member;
          if (row.logged == Logging::kIfSet && value == defaults.*member) return;
          entries.push_back({std::string(row.requested_key), Json(value, settings.rules)});
        },
        row.member);
  }
  return entries;
}

base::Entries EffectiveEntries(const EffectiveSettings& settings, const TestSettings& requested) {
  base::Entries entries;
  for (const EffectiveRow& row : EffectiveTable()) {
    if (row.logged == Logging::kNever) continue;
    if (row.logged == Logging::kIfSet && !IsSet(row, requested)) continue;
    std::visit(
        [&](auto member) {
          entries.push_back({row.log_key, Json(settings.*member, settings.rules)});
        },
        row.member);
  }
  return entries;
}

}  // namespace mlperf::settings
