#include <algorithm>
#include <limits>
#include <numeric>
#include <string>

#include "base/random.h"
#include "mlperf_loadgen/errors.h"
#include "scenario/traits.h"
#include "schedule/plan.h"

namespace mlperf::schedule {
namespace {

std::string CountOfSamples(SeriesMode mode) {
  return mode == SeriesMode::kAccuracy ? "accuracy_sample_count_override"
                                       : "performance_sample_count_override or its own "
                                         "performance count";
}

// The counts decide how much is allocated, the index where a query reads: neither is taken on
// trust.
void CheckSizes(const EffectiveSettings& settings, SeriesMode mode, uint64_t used_count,
                uint64_t shuffled_count, uint64_t padding) {
  constexpr uint64_t kMaxPositions = std::numeric_limits<uint32_t>::max();
  if (used_count == 0 || settings.performance_sample_count == 0) {
    throw SettingsError("samples to load = 0: must be at least 1");
  }
  if (shuffled_count > kMaxPositions) {
    throw SettingsError("samples of the library = " + std::to_string(shuffled_count) +
                        ": must be at most " + std::to_string(kMaxPositions) +
                        " under the rules of " + settings.rules +
                        ", where the samples to load are chosen among all");
  }
  if (used_count > kMaxPositions || padding > kMaxPositions - used_count) {
    throw SettingsError("samples to load = " + std::to_string(used_count) +
                        ", samples_per_query - 1 = " + std::to_string(padding) +
                        ": must be at most " + std::to_string(kMaxPositions) +
                        " together; the former is the smaller of what the library holds and " +
                        CountOfSamples(mode) + " asks for");
  }
}

void CheckSameIndex(const EffectiveSettings& settings, uint64_t smallest_set) {
  if (settings.performance_issue_same && settings.performance_issue_same_index >= smallest_set) {
    throw SettingsError(
        "performance_issue_same_index = " + std::to_string(settings.performance_issue_same_index) +
        ": must be below " + std::to_string(smallest_set) +
        ", the size of the smallest set of samples to load");
  }
}

}  // namespace

SetSizes SizesOfSets(const EffectiveSettings& settings, SeriesMode mode,
                     uint64_t library_total_count) {
  const uint64_t wanted = mode == SeriesMode::kAccuracy ? settings.accuracy_sample_count
                                                        : settings.performance_sample_count;
  const uint64_t count = std::min(wanted, library_total_count);
  const uint64_t padding =
      scenario::TraitsOf(settings.scenario).contiguous_samples && settings.samples_per_query > 1
          ? settings.samples_per_query - 1
          : 0;
  const bool of_all = mode == SeriesMode::kPerformance && settings.performance_set_of_whole_library;
  CheckSizes(settings, mode, count, of_all ? library_total_count : 0, padding);

  SetSizes sizes;
  sizes.sample_count = count;
  sizes.shuffled_count = of_all ? library_total_count : count;
  sizes.largest.unpadded = std::min(settings.performance_sample_count, count);
  sizes.largest.padded = sizes.largest.unpadded + padding;
  sizes.set_count = (count - 1) / sizes.largest.unpadded + 1;
  CheckSameIndex(settings, count - (sizes.set_count - 1) * sizes.largest.unpadded);
  return sizes;
}

std::vector<LoadableSet> LoadableSets(const EffectiveSettings& settings, SeriesMode mode,
                                      uint64_t library_total_count) {
  const SetSizes sizes = SizesOfSets(settings, mode, library_total_count);
  const uint64_t count = sizes.sample_count;
  const uint64_t padding = sizes.largest.padded - sizes.largest.unpadded;
  std::vector<QuerySampleIndex> order(sizes.shuffled_count);
  std::iota(order.begin(), order.end(), QuerySampleIndex{0});
  base::Random random(settings.qsl_rng_seed);
  random.Shuffle(std::span(order));

  std::vector<LoadableSet> sets;
  for (uint64_t begin = 0; begin < count;) {
    const uint64_t size = std::min(sizes.largest.unpadded, count - begin);
    LoadableSet set;
    set.unpadded_size = size;
    set.indices.reserve(size + padding);
    const auto first = order.begin() + static_cast<std::ptrdiff_t>(begin);
    set.indices.assign(first, first + static_cast<std::ptrdiff_t>(size));
    for (uint64_t i = 0; i < padding; ++i) set.indices.push_back(set.indices[i]);
    sets.push_back(std::move(set));
    begin += size;
  }
  return sets;
}

}  // namespace mlperf::schedule
