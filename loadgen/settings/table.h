// Describes each setting, once. Config parsing, the check before a test, the requested_* and
// effective_* entries of the detail log, the summary, the C functions and the Python binding all
// read this table.

#ifndef MLPERF_LOADGEN_SETTINGS_TABLE_H_
#define MLPERF_LOADGEN_SETTINGS_TABLE_H_

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "mlperf_loadgen/test_settings.h"
#include "scenario/traits.h"

namespace mlperf::settings {

using Member = std::variant<double TestSettings::*, uint64_t TestSettings::*, int TestSettings::*,
                            bool TestSettings::*, TestScenario TestSettings::*,
                            TestMode TestSettings::*, std::string TestSettings::*>;

using EffectiveMember =
    std::variant<double EffectiveSettings::*, uint64_t EffectiveSettings::*,
                 int64_t EffectiveSettings::*, int EffectiveSettings::*, bool EffectiveSettings::*,
                 TestScenario EffectiveSettings::*, TestMode EffectiveSettings::*,
                 std::string EffectiveSettings::*>;

// A set of scenarios, one bit each.
using Scenarios = unsigned;
constexpr Scenarios In(TestScenario scenario) {
  const auto bit = static_cast<unsigned>(scenario);
  return bit < 32 ? 1U << bit : 0;  // a number that names no scenario is in no set
}
inline constexpr Scenarios kEveryScenario = (1U << scenario::kCount) - 1;

// The values with which a test can run.
enum class Allowed {
  kAnything,
  kPositive,      // finite, > 0
  kInsideUnit,    // 0 < x < 1
  kUnit,          // 0 <= x <= 1
  kAtLeastOne,    // >= 1
  kDecimals,      // 0 .. 9; beyond that a search by bisection runs into the precision of a double
  kSpin,          // -1 .. 1000
  kMilliseconds,  // as nanoseconds it fits int64_t
  kNanoseconds,   // fits int64_t
  kRound,         // one of Rounds(); the only one for text
};

// How a number in a config becomes a bool.
enum class Truth { kOnlyOne, kAnyNonZero };

// The line `<model>.<scenario>.<name> = <value>` of a config. The member's type decides how the
// value is read: double as real, uint64_t as whole number, bool as `truth` says, TestMode as 0..3.
struct ConfigKey {
  std::string_view name;
  std::optional<TestScenario> scenario =
      std::nullopt;   // none: the scenario that the caller asks for. MultiStream: unless that is
                      // MultiStreamFixedInterval, whose keys have the same names
  double factor = 1;  // config unit -> member unit; numbers only
  Truth truth = Truth::kOnlyOne;
  bool only_in_rules = false;  // a user's or audit config cannot change it
};

// Whether the detail log has an entry for a setting.
enum class Logging {
  kNever,
  kIfSet,   // while the setting has another value than its default
  kAlways,  // where it means something
};

// The field of EffectiveSettings that has the value of a setting, unless Derive changes it.
struct Effective {
  EffectiveMember member;
  std::string_view name = {};  // in Python; empty: as the setting
  Logging logged = Logging::kNever;
  bool in_summary = false;  // among its parameters
};

// Every string_view of a row is a literal: its data() ends in NUL.
struct Row {
  std::string_view name;  // in Python
  std::string_view doc;   // one line, with the unit
  Member member;
  std::optional<Effective> effective = std::nullopt;  // none: only Derive reads the setting

  // The setting means something in these scenarios, and only while `needs`, if given, is true:
  // elsewhere it is neither checked nor logged. A config may set it for any scenario, but only
  // while `needs` is true (a row stands below the one it needs).
  Scenarios scenarios = kEveryScenario;
  bool TestSettings::* needs = nullptr;

  Allowed allowed = Allowed::kAnything;

  std::string_view requested_key = {};  // of the detail log; empty: not logged
  Logging logged = Logging::kAlways;    // by that key

  std::optional<ConfigKey> config = std::nullopt;  // none: no config can set it
};

// In the order of the requested_* entries.
std::span<const Row> Table();

// Whether the setting means something for a test with these settings.
bool Matters(const Row& row, const TestSettings& settings);

}  // namespace mlperf::settings

#endif  // MLPERF_LOADGEN_SETTINGS_TABLE_H_
