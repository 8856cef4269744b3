#include "schedule/memory.h"

#include <algorithm>
#include <limits>
#include <string>

#include "base/text.h"
#include "errors.h"
#include "scenario/traits.h"
#include "schedule/accuracy_sampling.h"
#include "schedule/arrivals.h"
#include "schedule/sample_order.h"

namespace mlperf::schedule {
namespace {

// The rest is for the SUT, the library and the rest of the process.
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

// Whether a plan keeps the positions of all queries, with which responses are logged, too.
bool KeepsAll(const EffectiveSettings& settings, SeriesMode mode) {
  return mode == SeriesMode::kAccuracy || settings.performance_issue_unique ||
         settings.sample_concatenate_permutation || AccuracyLogShare(settings) > 0;
}

// Of the positions and arrivals that a plan keeps.
double PlanBytes(const EffectiveSettings& settings, SeriesMode mode, double queries) {
  const double first = std::min(queries, static_cast<double>(kKeptQueries));
  double bytes = (KeepsAll(settings, mode) ? queries : first) * kFirstPosition;
  if (scenario::TraitsOf(settings.scenario).poisson()) {
    bytes += first * kTime + (queries - first) / static_cast<double>(kCheckpointEvery) * kTime;
  }
  return bytes;
}

// What is measured of a query and of a sample.
struct Record {
  double query_bytes = kTime;       // issued
  double sample_bytes = 2 * kTime;  // done, latency
};

Record RecordOf(const EffectiveSettings& settings, bool trace) {
  const bool offline = scenario::TraitsOf(settings.scenario).one_query();
  Record record;
  if (!offline) record.query_bytes += kTime;  // lag, or gap
  if (scenario::TraitsOf(settings.scenario).ticks()) {
    record.query_bytes += 2 * kTime;  // tick, interval
  }
  if (settings.samples_per_query > 1 && !offline) record.query_bytes += kTime;  // latency
  if (offline) record.sample_bytes += kIndex;
  // First token, count; each twice.
  if (settings.use_token_latencies) record.sample_bytes += 4 * kTime;
  if (trace) {
    record.query_bytes += kCall;
    record.sample_bytes += kCall;
  }
  return record;
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

  const bool offline = scenario::TraitsOf(settings.scenario).one_query();
  need.queries = MostQueries(settings, mode, set);
  need.samples = offline ? static_cast<double>(OfflineCount(settings, mode, set))
                         : need.queries * static_cast<double>(settings.samples_per_query);

  const Record record = RecordOf(settings, trace);
  need.series_bytes = need.queries * record.query_bytes + need.samples * record.sample_bytes +
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

uint64_t AmpleQueryCount(const EffectiveSettings& settings, uint64_t library_total_count,
                         bool trace, uint64_t memory_bytes) {
  constexpr double kFastestQueryNs = 20;  // of a SUT that does nothing, with what LoadGen does
  constexpr double kNsPerMs = 1e6;
  constexpr double kMostSamples = std::numeric_limits<uint32_t>::max();
  constexpr double kMostNs = 0x1p56;  // of the whole plan at its expected rate
  const bool closed_loop = scenario::TraitsOf(settings.scenario).closed_loop();
  if (!closed_loop || KeepsAll(settings, SeriesMode::kPerformance)) return 0;
  const double samples = static_cast<double>(settings.samples_per_query);
  const double wanted = static_cast<double>(settings.min_duration_ms) * kNsPerMs / kFastestQueryNs;
  const Record record = RecordOf(settings, trace);
  const Need need = NeedOf(settings, SeriesMode::kPerformance, library_total_count, trace);
  const double bytes = static_cast<double>(memory_bytes) / 2 - need.library_bytes;
  const double fitting = bytes / (record.query_bytes + samples * record.sample_bytes);
  const double most = std::min(kMostSamples / samples, kMostNs * settings.target_qps / 1e9);
  return static_cast<uint64_t>(std::max(std::min({wanted, fitting, most}), 0.0));
}

}  // namespace mlperf::schedule
