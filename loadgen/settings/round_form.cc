#include "settings/round_form.h"

#include <limits>

#include "scenario/traits.h"
#include "settings/names.h"

namespace mlperf::settings {
namespace {

constexpr bool kYes = true;
constexpr bool kNo = false;
constexpr std::string_view kTo = "Time to Output Token";
constexpr std::string_view kPer = "Time per Output Token";

// clang-format off
constexpr RoundForm kForms[] = {
    //        plain  spaced  fixed      files    sets of  early     percent  output  accuracy
    // since  detail names   intervals  set all  all      stopping  decimal  token   count
    {"v0.5",  kYes,  kYes,   kYes,      kYes,    kYes,    kNo,      kNo,     kTo,    kNo},
    {"v1.0",  kNo,   kNo,    kYes,      kYes,    kYes,    kNo,      kNo,     kTo,    kNo},
    {"v2.0",  kNo,   kNo,    kNo,       kYes,    kYes,    kYes,     kNo,     kTo,    kNo},
    {"v5.0",  kNo,   kNo,    kNo,       kNo,     kYes,    kYes,     kNo,     kTo,    kNo},
    {"v5.1",  kNo,   kNo,    kNo,       kNo,     kYes,    kYes,     kYes,    kTo,    kNo},
    {"v6.0",  kNo,   kNo,    kNo,       kNo,     kNo,     kYes,     kYes,    kPer,   kYes},
};
// clang-format on

// The keys that begin with `prefix` are in the logs of the rounds from `since` to `until`; an empty
// name is not a limit.
struct Key {
  std::string_view prefix;
  std::string_view since;
  std::string_view until = {};
};

constexpr Key kKeys[] = {
    {"requested_multi_stream_target_latency_ns", "", "v1.1"},
    {"early_stopping_", "v2.0"},
    {"result_query_count", "v2.0"},
    {"result_overlatency_query_count", "v2.0"},
    {"result_min_query_latency_ns", "v2.0"},
    {"result_max_query_latency_ns", "v2.0"},
    {"result_mean_query_latency_ns", "v2.0"},
    {"get_sut_name_duration_ns", "v2.1"},
    {"requested_sample_concatenate_permutation", "v4.1"},
    {"effective_sample_concatenate_permutation", "v4.1"},
    {"result_completed_tokens_per_second", "v4.1"},
    {"result_inferred_", "v4.1"},
    {"num_errors", "v5.1"},
    {"requested_accuracy_sample_count", "v6.0"},
    {"effective_accuracy_sample_count", "v6.0"},
};

// Grows from round to round: "v5.1" is 501. Anything but a round comes after all.
constexpr int Number(std::string_view round) {
  constexpr int kLast = std::numeric_limits<int>::max();
  if (round.size() < 4 || round[0] != 'v') return kLast;
  int parts[2] = {0, 0};
  int part = 0;
  for (const char c : round.substr(1)) {
    if (c == '.' && part == 0) {
      part = 1;
    } else if (c >= '0' && c <= '9' && parts[part] < 100) {
      parts[part] = parts[part] * 10 + (c - '0');
    } else {
      return kLast;
    }
  }
  return parts[0] * 100 + parts[1];
}

}  // namespace

const RoundForm& FormOf(std::string_view round) {
  const RoundForm* form = kForms;
  for (const RoundForm& later : kForms) {
    if (Number(later.since) <= Number(round)) form = &later;
  }
  return *form;
}

bool HasKey(std::string_view round, std::string_view key) {
  for (const Key& known : kKeys) {
    if (!key.starts_with(known.prefix)) continue;
    return (known.since.empty() || Number(known.since) <= Number(round)) &&
           (known.until.empty() || Number(round) <= Number(known.until));
  }
  return true;
}

std::string_view Name(TestScenario scenario, const RoundForm& form) {
  const scenario::Traits& traits = scenario::TraitsOf(scenario);
  if (form.spaced_names) return traits.spaced_name;
  return form.fixed_intervals ? traits.name_in_configs : traits.name;
}

std::string_view Name(TestMode mode, const RoundForm& form) {
  if (!form.spaced_names) return Name(mode);
  switch (mode) {
    case TestMode::SubmissionRun: return "Submission";
    case TestMode::AccuracyOnly: return "Accuracy";
    case TestMode::PerformanceOnly: return "Performance";
    default: return Name(mode);
  }
}

}  // namespace mlperf::settings
