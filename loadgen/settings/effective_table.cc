#include "settings/effective_table.h"

#include <type_traits>
#include <variant>
#include <vector>

#include "settings/round_form.h"

namespace mlperf::settings {
namespace {

using E = EffectiveSettings;
using T = TestSettings;

bool Always(const E& /*settings*/) { return true; }
bool WithTokens(const E& settings) { return settings.use_token_latencies; }
bool WithoutTokens(const E& settings) { return !settings.use_token_latencies; }
bool IfRoundSaysSo(const E& settings) { return FormOf(settings.rules).accuracy_sample_count; }

// A field that is not simply a setting by the same name.
struct DerivedRow {
  std::string_view before;  // this setting's row; empty: at the end
  EffectiveRow row;
};

std::vector<DerivedRow> DerivedRows() {
  return {
      {"min_duration_ms",
       {.name = "samples_per_query",
        .doc = "Samples in a query; Offline: in its one query.",
        .member = &E::samples_per_query,
        .logged = Logging::kAlways,
        .in_summary = Always}},
      {"min_duration_ms",
       {.name = "target_qps",
        .doc = "Queries per second; Offline: samples per second. Scheduled, or expected where "
               "nothing is scheduled.",
        .member = &E::target_qps,
        .logged = Logging::kAlways,
        .in_summary = Always}},
      {"min_duration_ms",
       {.name = "target_latency_ns",
        .doc = "The latency that the target percentile must keep, ns; 0: no limit.",
        .member = &E::target_latency_ns,
        .logged = Logging::kAlways,
        .in_summary = WithoutTokens}},
      {"min_duration_ms",
       {.name = "ttft_latency_ns",
        .doc = "Server: limit of the time to first token, ns.",
        .member = &E::ttft_latency_ns,
        .from = &T::server_ttft_latency,
        .in_summary = WithTokens}},
      {"min_duration_ms",
       {.name = "tpot_latency_ns",
        .doc = "Server: limit of the time per output token, ns.",
        .member = &E::tpot_latency_ns,
        .from = &T::server_tpot_latency,
        .in_summary = WithTokens}},
      {"min_duration_ms",
       {.name = "target_latency_percentile",
        .doc = "The percentile that is judged or reported, as a fraction.",
        .member = &E::target_latency_percentile,
        .logged = Logging::kAlways}},
      {"min_duration_ms",
       {.name = "max_async_queries",
        .doc = "Most queries outstanding at a time; 0: no limit.",
        .member = &E::max_async_queries,
        .logged = Logging::kAlways,
        .in_summary = Always}},
      {"min_duration_ms",
       {.name = "target_duration_ms",
        .doc = "The duration that the schedule is made for, ms; Offline: 0.",
        .member = &E::target_duration_ms,
        .from = &T::min_duration_ms,
        .logged = Logging::kAlways}},
      {"qsl_rng_seed",
       {.name = "min_sample_count",
        .doc = "Fewest samples of a valid run.",
        .member = &E::min_sample_count,
        .logged = Logging::kAlways}},
      {"sample_concatenate_permutation",
       {.name = "performance_sample_count",
        .doc = "Samples loaded in a performance run.",
        .member = &E::performance_sample_count,
        .logged = Logging::kAlways,
        .in_summary = Always}},
      {"sample_concatenate_permutation",
       {.name = "accuracy_sample_count",
        .doc = "Samples of an accuracy run.",
        .member = &E::accuracy_sample_count,
        .logged = Logging::kAlways,
        .in_summary = IfRoundSaysSo}},
      {{},
       {.name = "performance_set_of_whole_library",
        .doc = "The performance set is the beginning of the shuffled library, as in the rounds "
               "until v5.1; else a shuffle of the library's beginning.",
        .member = &E::performance_set_of_whole_library}},
      {{},
       {.name = "ample_query_count",
        .doc = "With draw_queries_as_needed: at least this many queries can be issued.",
        .member = &E::ample_query_count}},
  };
}

EffectiveRow RowOf(const Row& setting, const Effective& effective) {
  const std::string_view name = effective.name.empty() ? setting.name : effective.name;
  EffectiveRow row{.name = name,
                   .doc = setting.doc,
                   .member = effective.member,
                   .from = setting.member,
                   .logged = effective.logged,
                   .in_summary = effective.in_summary ? &Always : nullptr};
  if (row.logged != Logging::kNever) {
    constexpr std::string_view kRequested = "requested_";
    row.log_key = "effective_" + std::string(setting.requested_key.substr(kRequested.size()));
  }
  return row;
}

std::vector<EffectiveRow> MakeTable() {
  std::vector<DerivedRow> derived = DerivedRows();
  std::vector<EffectiveRow> rows;
  const auto add_before = [&](std::string_view setting) {
    for (DerivedRow& each : derived) {
      if (each.before != setting) continue;
      rows.push_back(each.row);
      if (each.row.logged != Logging::kNever) {
        rows.back().log_key = "effective_" + std::string(each.row.name);
      }
    }
  };
  for (const Row& setting : Table()) {
    add_before(setting.name);
    if (setting.effective) rows.push_back(RowOf(setting, *setting.effective));
  }
  add_before({});
  return rows;
}

}  // namespace

std::span<const EffectiveRow> EffectiveTable() {
  static const std::vector<EffectiveRow> rows = MakeTable();
  return rows;
}

void CopySettings(const TestSettings& from, EffectiveSettings& to) {
  for (const EffectiveRow& row : EffectiveTable()) {
    if (!row.from) continue;
    std::visit(
        [&](auto target, auto source) {
          using Target = std::remove_reference_t<decltype(to.*target)>;
          using Source = std::remove_cvref_t<decltype(from.*source)>;
          constexpr bool counts = std::is_integral_v<Target> && std::is_integral_v<Source>;
          if constexpr (std::is_same_v<Target, Source> || counts) {
            to.*target = static_cast<Target>(from.*source);
          }
        },
        row.member, *row.from);
  }
}

bool IsSet(const EffectiveRow& row, const TestSettings& settings) {
  static const TestSettings defaults;
  return row.from &&
         std::visit([&](auto member) { return settings.*member != defaults.*member; }, *row.from);
}

}  // namespace mlperf::settings
