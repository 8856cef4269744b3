// What holds for settings wherever they come from.

#ifndef MLPERF_LOADGEN_TESTS_FUZZ_PROPERTIES_H_
#define MLPERF_LOADGEN_TESTS_FUZZ_PROPERTIES_H_

#include <cmath>
#include <cstdint>
#include <sstream>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>

#include "base/entry.h"
#include "fuzz/json.h"
#include "fuzz/require.h"
#include "issue/memory.h"
#include "mlperf_loadgen/errors.h"
#include "mlperf_loadgen/test_settings.h"
#include "schedule/plan.h"
#include "settings/check.h"
#include "settings/effective.h"
#include "settings/log_entries.h"
#include "settings/table.h"

namespace fuzz {

using mlperf::EffectiveSettings;
using mlperf::TestMode;
using mlperf::TestScenario;
using mlperf::TestSettings;
using mlperf::schedule::SeriesMode;

// Published tools know this text as it is, without a line.
inline constexpr std::string_view kModeError = "Invalid value passed to Mode key in config.";

inline constexpr TestScenario kScenarios[] = {TestScenario::SingleStream, TestScenario::MultiStream,
                                              TestScenario::Server, TestScenario::Offline,
                                              TestScenario::MultiStreamFixedInterval};

inline void RequireJson(const mlperf::base::Entries& entries) {
  for (const mlperf::base::Entry& entry : entries) REQUIRE(IsValue(entry.json), entry.json);
}

// The first row in which the two differ; empty when there is none.
inline std::string_view FirstDifference(const TestSettings& a, const TestSettings& b) {
  for (const mlperf::settings::Row& row : mlperf::settings::Table()) {
    const bool same = std::visit(
        [&](auto member) {
          if constexpr (std::is_same_v<decltype(member), double TestSettings::*>) {
            const double difference = std::abs(a.*member - b.*member);
            return difference <= 1e-15 * std::abs(a.*member) + 1e-300;
          } else {
            return a.*member == b.*member;
          }
        },
        row.member);
    if (!same) return row.name;
  }
  return {};
}

// Each line of a refusal names a field and what is allowed.
inline void RequireClear(std::string_view refusal) {
  REQUIRE(!refusal.empty(), "");
  std::istringstream lines{std::string(refusal)};
  for (std::string line; std::getline(lines, line);) {
    REQUIRE(line.find(" = ") != std::string::npos, line);
    REQUIRE(line.find(": must be ") != std::string::npos, line);
    REQUIRE(IsUtf8(line), line);
  }
}

// The ranges that every test relies on, said without the table.
inline void RequireSane(const TestSettings& settings, const EffectiveSettings& effective) {
  REQUIRE(effective.target_qps > 0, "target_qps");
  REQUIRE(effective.samples_per_query >= 1 || settings.mode == TestMode::AccuracyOnly ||
              settings.scenario == TestScenario::Offline,
          "samples_per_query");
  REQUIRE(effective.target_latency_percentile > 0 && effective.target_latency_percentile < 1,
          "target_latency_percentile");
  REQUIRE(effective.target_latency_ns >= 0, "target_latency_ns");
  REQUIRE(effective.accuracy_log_probability >= 0 && effective.accuracy_log_probability <= 1,
          "accuracy_log_probability");
  for (const int64_t ms : {effective.min_duration_ms, effective.max_duration_ms,
                           effective.target_duration_ms, effective.drain_timeout_ms}) {
    REQUIRE(ms >= 0 && ms <= INT64_MAX / 1000000, "a time in ms");
  }
}

inline void RequirePlan(const EffectiveSettings& effective, SeriesMode mode, uint64_t total) {
  const auto sets = mlperf::schedule::LoadableSets(effective, mode, total);
  REQUIRE(!sets.empty(), "");
  const mlperf::schedule::Plan plan = mlperf::schedule::MakePlan(effective, mode, sets.front());
  REQUIRE(plan.query_count >= 1 && plan.samples_per_query >= 1, "an empty plan");
  REQUIRE(plan.duration_ns >= 0, "duration");
  for (const uint32_t position : plan.first_position) {
    REQUIRE(position + plan.samples_per_query <= plan.samples->size(), "a query beyond its set");
  }
  for (const mlperf::QuerySampleIndex index : *plan.samples) REQUIRE(index < total, "an index");
}

// Either refused, with a text that says why, or a test can be planned within the memory given.
inline void RequireRefusedOrPlanned(const TestSettings& settings, uint64_t total,
                                    uint64_t performance) {
  constexpr uint64_t kMemory = 1 << 16;
  mlperf::base::Entries derivation_entries;
  RequireJson(mlperf::settings::NoteEntries(settings));
  RequireJson(mlperf::settings::RequestedEntries(settings));
  const EffectiveSettings effective =
      mlperf::settings::Derive(settings, total, performance, &derivation_entries);
  RequireJson(mlperf::settings::EffectiveEntries(effective, settings));
  RequireJson(derivation_entries);
  try {
    mlperf::settings::Check(settings, total, performance);
    RequireSane(settings, effective);
    RequireJson(mlperf::settings::Warnings(settings));
    mlperf::issue::RequireMemory(effective, total, false, kMemory);
  } catch (const mlperf::SettingsError& error) {
    RequireClear(error.what());
    return;
  }
  if (settings.mode != TestMode::PerformanceOnly &&
      settings.mode != TestMode::FindPeakPerformance) {
    RequirePlan(effective, SeriesMode::kAccuracy, total);
  }
  if (settings.mode != TestMode::AccuracyOnly) {
    RequirePlan(effective, SeriesMode::kPerformance, total);
  }
}

}  // namespace fuzz

#endif  // MLPERF_LOADGEN_TESTS_FUZZ_PROPERTIES_H_
