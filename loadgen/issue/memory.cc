#include "issue/memory.h"

#include <algorithm>
#include <limits>
#include <string>

#include "base/text.h"
#include "base/units.h"
#include "issue/series.h"
#include "mlperf_loadgen/errors.h"
#include "scenario/traits.h"
#include "schedule/arrivals.h"
#include "schedule/sample_order.h"
#include "track/measurements.h"

namespace mlperf::issue {
namespace {

using schedule::Plan;
using schedule::SeriesMode;
using schedule::SetSize;
using schedule::SetSizes;

// The rest is for the SUT, the library and the rest of the process.
constexpr double kShare = 0.9;
constexpr double kGiB = 1 << 30;

constexpr double kIndex = sizeof(QuerySampleIndex);
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

// What a query and a sample take while they run, and for what is measured of them.
struct Record {
  double query_bytes = 0;
  double sample_bytes = 0;
};

Record RecordOf(const EffectiveSettings& settings, bool trace) {
  const scenario::Traits& traits = scenario::TraitsOf(settings.scenario);
  const bool several = settings.samples_per_query > 1 && !traits.one_query();
  const bool tokens = settings.use_token_latencies;
  using track::Measurements;
  const uint64_t query = Series::BytesPerQuery(traits.ticks(), trace) +
                         Measurements::BytesPerQuery(several, !traits.one_query(), traits.ticks());
  const uint64_t sample =
      Series::BytesPerSample(tokens, trace) + Measurements::BytesPerSample(tokens);
  // Offline's plan has a list of its samples.
  const double listed = traits.one_query() ? kIndex : 0;
  return {static_cast<double>(query), static_cast<double>(sample) + listed};
}

Need NeedOf(const EffectiveSettings& settings, SeriesMode mode, uint64_t library_total_count,
            bool trace) {
  const SetSizes sets = schedule::SizesOfSets(settings, mode, library_total_count);
  const SetSize& set = sets.largest;
  Need need;
  need.samples_to_load =
      static_cast<double>(sets.sample_count) +
      static_cast<double>(sets.set_count) * static_cast<double>(set.padded - set.unpadded);
  need.library_bytes = static_cast<double>(sets.shuffled_count - sets.sample_count) * kIndex +
                       need.samples_to_load * kIndex +
                       static_cast<double>(set.padded) * (kIndex + kIndexText);

  const bool offline = scenario::TraitsOf(settings.scenario).one_query();
  need.queries = schedule::MostQueries(settings, mode, set);
  need.samples = offline ? static_cast<double>(schedule::OfflineCount(settings, mode, set))
                         : need.queries * static_cast<double>(settings.samples_per_query);

  const Record record = RecordOf(settings, trace);
  need.series_bytes = need.queries * record.query_bytes + need.samples * record.sample_bytes +
                      Plan::BytesFor(settings, mode, need.queries);
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
              base::General(need.samples) + " samples: " + schedule::SizeCauses(settings);
    }
    throw SettingsError(text);
  };
  const bool accuracy =
      settings.mode == TestMode::AccuracyOnly || settings.mode == TestMode::SubmissionRun;
  if (accuracy) require(SeriesMode::kAccuracy);
  if (settings.mode != TestMode::AccuracyOnly) require(SeriesMode::kPerformance);
}

double MemoryNeeded(const EffectiveSettings& settings, uint64_t library_total_count) {
  return NeedOf(settings, SeriesMode::kPerformance, library_total_count, false).bytes();
}

uint64_t AmpleQueryCount(const EffectiveSettings& settings, uint64_t library_total_count,
                         bool trace, uint64_t memory_bytes) {
  constexpr double kFastestQueryNs = 20;  // of a SUT that does nothing, with what LoadGen does
  constexpr double kMostSamples = std::numeric_limits<uint32_t>::max();
  constexpr double kMostNs = 0x1p56;  // of the whole plan at its expected rate
  const bool closed_loop = scenario::TraitsOf(settings.scenario).closed_loop();
  if (!closed_loop || Plan::KeepsAll(settings, SeriesMode::kPerformance)) return 0;
  const double samples = static_cast<double>(settings.samples_per_query);
  const double wanted =
      static_cast<double>(settings.min_duration_ms) * base::kNsPerMs / kFastestQueryNs;
  const Record record = RecordOf(settings, trace);
  const Need need = NeedOf(settings, SeriesMode::kPerformance, library_total_count, trace);
  const double bytes = static_cast<double>(memory_bytes) / 2 - need.library_bytes;
  const double fitting = bytes / (record.query_bytes + samples * record.sample_bytes);
  const double most =
      std::min(kMostSamples / samples, kMostNs * settings.target_qps / base::kNsPerSecond);
  return static_cast<uint64_t>(std::max(std::min({wanted, fitting, most}), 0.0));
}

}  // namespace mlperf::issue
