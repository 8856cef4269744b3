#include "settings/log_entries.h"

#include <string>
#include <type_traits>
#include <variant>

#include "base/text.h"
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
          if (row.logged_only_if_set && value == defaults.*member) return;
          entries.push_back({std::string(row.requested_key), Json(value, settings.rules)});
        },
        row.member);
  }
  return entries;
}

base::Entries EffectiveEntries(const EffectiveSettings& settings) {
  base::Entries entries;
  const auto add = [&](const std::string& name, auto value) {
    entries.push_back({"effective_" + name, Json(value, settings.rules)});
  };
  add("scenario", settings.scenario);
  add("test_mode", settings.mode);
  add("samples_per_query", settings.samples_per_query);
  add("target_qps", settings.target_qps);
  add("target_latency_ns", settings.target_latency_ns);
  add("target_latency_percentile", settings.target_latency_percentile);
  add("max_async_queries", settings.max_async_queries);
  add("target_duration_ms", settings.target_duration_ms);
  add("min_duration_ms", settings.min_duration_ms);
  add("max_duration_ms", settings.max_duration_ms);
  add("min_query_count", settings.min_query_count);
  add("max_query_count", settings.max_query_count);
  add("min_sample_count", settings.min_sample_count);
  add("qsl_rng_seed", settings.qsl_rng_seed);
  add("sample_index_rng_seed", settings.sample_index_rng_seed);
  add("schedule_rng_seed", settings.schedule_rng_seed);
  add("accuracy_log_rng_seed", settings.accuracy_log_rng_seed);
  add("accuracy_log_probability", settings.accuracy_log_probability);
  add("accuracy_log_sampling_target", settings.accuracy_log_sampling_target);
  add("print_timestamps", settings.print_timestamps);
  add("performance_issue_unique", settings.performance_issue_unique);
  add("performance_issue_same", settings.performance_issue_same);
  add("performance_issue_same_index", settings.performance_issue_same_index);
  add("performance_sample_count", settings.performance_sample_count);
  add("accuracy_sample_count", settings.accuracy_sample_count);
  add("sample_concatenate_permutation", settings.sample_concatenate_permutation);
  return entries;
}

}  // namespace mlperf::settings
