#include "schedule/memory.h"

#include <algorithm>
#include <string>

#include "base/text.h"
#include "errors.h"
#include "schedule/accuracy_sampling.h"
#include "schedule/arrivals.h"
#include "schedule/sample_order.h"

namespace mlperf::schedule {
namespace {

// SUT, library and the rest of the process need some, too.
constexpr double kShare = 0.9;
constexpr double kGiB = 1 << 30;

// Bytes of each entry of the arrays that a series consists of.
constexpr double kFirstPosition = 4;
constexpr double kTime = 8;
constexpr double kIndex = 8;
constexpr double kCall = 24;
// The text of an index in the detail log, in the three strings through which it passes.
constexpr double kIndexText = 24;

struct Need {
  double samples_to_load = 0;
  double queries = 0;
  double samples = 0;
  double library_bytes = 0;
  double series_bytes = 0;

  double bytes() const { return library_bytes + series_bytes; }
};

// Of the positions and arrivals that a plan keeps; those that responses are logged with among them.
double PlanBytes(const EffectiveSettings& settings, SeriesMode mode, double queries) {
  const double first = std::min(queries, static_cast<double>(kKeptQueries));
  const bool keeps_all = mode == SeriesMode::kAccuracy || settings.performance_issue_unique ||
                         settings.sample_concatenate_permutation || AccuracyLogShare(settings) > 0;
  double bytes = (keeps_all ? queries : first) * kFirstPosition;
  if (settings.scenario == TestScenario::Server) {
    bytes += first * kTime + (queries - first) / static_cast<double>(kLandmark) * kTime;
  }
  return bytes;
}

Need NeedOf(const EffectiveSettings& settings, SeriesMode mode, uint64_t library_total_count,
            bool trace) {
  const SetSizes sets = SizesOfSets(settings, mode, library_total_count);
  const SetSize& set = sets.largest;
  Need need;
  need.samples_to_load =
      static_cast<double>(sets.sample_count) +
      static_cast<double>(sets.set_count) * static_cast<double>(set.padded - set.unpadded);
  need.library_bytes = static_cast<double>(sets.shuffled_count - sets.sample_count) * kIndex +
                       need.samples_to_load * kIndex +
                       static_cast<double>(set.padded) * (kIndex + kIndexText);

  const bool offline = settings.scenario == TestScenario::Offline;
  need.queries = MostQueries(settings, mode, set);
  need.samples = offline ? static_cast<double>(OfflineCount(settings, mode, set))
                         : need.queries * static_cast<double>(settings.samples_per_query);

  double query_bytes = kTime;          // issued
  if (!offline) query_bytes += kTime;  // lag, or gap
  if (settings.scenario == TestScenario::MultiStreamFixedInterval) {
    query_bytes += 2 * kTime;  // tick, interval
  }
  if (settings.samples_per_query > 1 && !offline) query_bytes += kTime;  // latency
  double sample_bytes = 2 * kTime;                                       // done, latency
  if (offline) sample_bytes += kIndex;
  if (settings.use_token_latencies) sample_bytes += 4 * kTime;  // first token, count; each twice
  if (trace) {
    query_bytes += kCall;
    sample_bytes += kCall;
  }
  need.series_bytes = need.queries * query_bytes + need.samples * sample_bytes +
                      PlanBytes(settings, mode, need.queries);
  return need;
}

std::string GiB(double bytes) { return base::General(bytes / kGiB) + " GiB"; }

}  // namespace

void RequireMemory(const EffectiveSettings& settings, uint64_t library_total_count, bool trace,
                   uint64_t memory_bytes) {
  const double allowed = kShare * static_cast<double>(memory_bytes);
  const auto require = [&](SeriesMode mode) {
    const Need need = NeedOf(settings, mode, library_total_count, trace);
    if (need.bytes() <= allowed) return;
    std::string text = "memory for the test = " + GiB(need.bytes()) + ": must be at most " +
                       GiB(allowed) + ", nine tenths of what there is; ";
    if (need.library_bytes > need.series_bytes) {
      text += base::General(need.samples_to_load) +
              " samples to load follow from the library's counts, "
              "performance_sample_count_override, accuracy_sample_count_override, "
              "samples per query = " +
              std::to_string(settings.samples_per_query);
    } else {
      text += base::General(need.queries) + (need.queries > 1 ? " queries with " : " query with ") +
              base::General(need.samples) + " samples: " + SizeCauses(settings);
    }
    throw SettingsError(text);
  };
  const bool accuracy =
      settings.mode == TestMode::AccuracyOnly || settings.mode == TestMode::SubmissionRun;
  if (accuracy) require(SeriesMode::kAccuracy);
  if (settings.mode != TestMode::AccuracyOnly) require(SeriesMode::kPerformance);
}

}  // namespace mlperf::schedule
