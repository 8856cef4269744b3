#include "settings/check.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <type_traits>
#include <variant>

#include "base/text.h"
#include "base/units.h"
#include "mlperf_loadgen/errors.h"
#include "scenario/traits.h"
#include "settings/names.h"
#include "settings/rules.h"
#include "settings/table.h"
#include "settings/value_text.h"

namespace mlperf::settings {
namespace {

constexpr uint64_t kMaxNs = std::numeric_limits<int64_t>::max();

std::string Describe(Allowed allowed) {
  switch (allowed) {
    case Allowed::kAnything: return "anything";
    case Allowed::kPositive: return "a finite number above 0";
    case Allowed::kInsideUnit: return "above 0 and below 1";
    case Allowed::kUnit: return "from 0 to 1";
    case Allowed::kAtLeastOne: return "at least 1";
    case Allowed::kDecimals: return "from 0 to 9";
    case Allowed::kSpin: return "from -1 to 1000";
    case Allowed::kMilliseconds: return "at most " + std::to_string(kMaxNs / base::kNsPerMs);
    case Allowed::kNanoseconds: return "at most " + std::to_string(kMaxNs);
    case Allowed::kRound: return "one of " + RoundNames();
  }
  return {};
}

// False for NaN, whatever is allowed.
template <typename T>
bool Holds(Allowed allowed, T value) {
  if constexpr (std::is_floating_point_v<T>) {
    if (!std::isfinite(value)) return false;
  }
  const auto real = static_cast<double>(value);
  switch (allowed) {
    case Allowed::kAnything: return true;
    case Allowed::kPositive: return real > 0;
    case Allowed::kInsideUnit: return real > 0 && real < 1;
    case Allowed::kUnit: return real >= 0 && real <= 1;
    case Allowed::kAtLeastOne: return real >= 1;
    case Allowed::kDecimals: return real >= 0 && real <= 9;
    case Allowed::kSpin: return real >= -1 && real <= 1000;
    case Allowed::kMilliseconds: return static_cast<uint64_t>(value) <= kMaxNs / base::kNsPerMs;
    case Allowed::kNanoseconds: return static_cast<uint64_t>(value) <= kMaxNs;
    case Allowed::kRound: return false;
  }
  return false;
}

bool Holds(Allowed allowed, const std::string& value) {
  return allowed != Allowed::kRound || IsRound(value);
}

class Problems {
 public:
  template <typename T>
  void Add(std::string_view field, const T& value, std::string_view allowed) {
    if (!text_.empty()) text_ += '\n';
    text_.append(field)
        .append(" = ")
        .append(ValueText(value, base::General))
        .append(": must be ")
        .append(allowed);
  }

  void Throw() const {
    if (!text_.empty()) throw SettingsError(text_);
  }

 private:
  std::string text_;
};

void CheckRows(const TestSettings& settings, Problems& problems) {
  for (const Row& row : Table()) {
    if (!Matters(row, settings)) continue;
    std::visit(
        [&](auto member) {
          const auto& value = settings.*member;
          if (!Holds(row.allowed, value)) problems.Add(row.name, value, Describe(row.allowed));
        },
        row.member);
  }
}

void CheckLibrary(uint64_t total_count, uint64_t performance_count, Problems& problems) {
  if (total_count == 0) {
    problems.Add("the sample library's TotalSampleCount", total_count, "at least 1");
  }
  if (performance_count == 0) {
    problems.Add("the sample library's PerformanceSampleCount", performance_count, "at least 1");
  }
}

void CheckCombinations(const TestSettings& settings, uint64_t total_count,
                       uint64_t performance_count, Problems& problems) {
  if (settings.performance_issue_unique && settings.performance_issue_same) {
    problems.Add("performance_issue_same", true, "false when performance_issue_unique is true");
  }
  const uint64_t requested_count = settings.performance_sample_count_override != 0
                                       ? settings.performance_sample_count_override
                                       : performance_count;
  const uint64_t loaded_count = std::min(requested_count, total_count);
  if (settings.performance_issue_same && settings.performance_issue_same_index >= loaded_count) {
    problems.Add("performance_issue_same_index", settings.performance_issue_same_index,
                 "below the number of loaded samples, " + std::to_string(loaded_count));
  }
  const auto has_peak_search = [](const scenario::Traits& traits) {
    return traits.peak_search != scenario::PeakSearch::kNone;
  };
  if (settings.mode == TestMode::FindPeakPerformance &&
      !has_peak_search(scenario::TraitsOf(settings.scenario))) {
    problems.Add("scenario", settings.scenario,
                 ScenarioNames(has_peak_search) + " when mode is FindPeakPerformance");
  }
  if (scenario::TraitsOf(settings.scenario).poisson() &&
      settings.server_num_issue_query_threads > TestSettings::kMostIssueQueryThreads) {
    problems.Add("server_num_issue_query_threads", settings.server_num_issue_query_threads,
                 "at most " + std::to_string(TestSettings::kMostIssueQueryThreads));
  }
  if (settings.mode != TestMode::AccuracyOnly && settings.min_query_count == 0 &&
      settings.min_duration_ms == 0) {
    problems.Add("min_query_count", settings.min_query_count,
                 "at least 1 when min_duration_ms is 0");
  }
}

// C++ and Python can make an enumerator of any number.
void CheckChoices(const TestSettings& settings, Problems& problems) {
  if (!scenario::IsKnown(settings.scenario)) {
    problems.Add("scenario", settings.scenario, ScenarioNames());
  }
  if (Name(settings.mode) == "unknown") {
    problems.Add("mode", settings.mode, ModeNames());
  }
}

}  // namespace

void Check(const TestSettings& settings, uint64_t qsl_total_count, uint64_t qsl_performance_count) {
  Problems problems;
  CheckChoices(settings, problems);
  problems.Throw();  // what the other settings mean depends on it
  CheckRows(settings, problems);
  CheckLibrary(qsl_total_count, qsl_performance_count, problems);
  CheckCombinations(settings, qsl_total_count, qsl_performance_count, problems);
  problems.Throw();
}

void Check(const LogSettings& settings) {
  Problems problems;
  if (settings.log_mode != LoggingMode::AsyncPoll &&
      settings.log_mode != LoggingMode::EndOfTestOnly &&
      settings.log_mode != LoggingMode::Synchronous) {
    problems.Add("log_mode", settings.log_mode, "AsyncPoll, EndOfTestOnly or Synchronous");
  }
  problems.Throw();
}

base::Entries Warnings(const TestSettings& settings) {
  base::Entries entries;
  if (settings.mode == TestMode::AccuracyOnly) return entries;  // no limit applies
  const auto doubt = [&](const std::string& limit, uint64_t most, const std::string& minimum,
                         uint64_t least) {
    if (most == 0 || most >= least) return;
    entries.push_back(base::Warning(limit + " = " + std::to_string(most) + " is below " + minimum +
                                    " = " + std::to_string(least) +
                                    ": the result will be INVALID"));
  };
  doubt("max_duration_ms", settings.max_duration_ms, "min_duration_ms", settings.min_duration_ms);
  if (!scenario::TraitsOf(settings.scenario).one_query()) {  // which has one query
    doubt("max_query_count", settings.max_query_count, "min_query_count", settings.min_query_count);
  }
  return entries;
}

}  // namespace mlperf::settings
