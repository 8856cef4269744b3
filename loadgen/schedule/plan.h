// Decides the whole of a series of queries before the first is issued.

#ifndef MLPERF_LOADGEN_SCHEDULE_PLAN_H_
#define MLPERF_LOADGEN_SCHEDULE_PLAN_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "base/poll.h"
#include "mlperf_loadgen/query_sample.h"
#include "mlperf_loadgen/test_settings.h"
#include "schedule/streams.h"

namespace mlperf::schedule {

enum class SeriesMode { kAccuracy, kPerformance };

struct SetSize {
  uint64_t unpadded = 0;
  uint64_t padded = 0;
};

// One portion of the library that is in memory at once. Where queries have contiguous samples
// (scenario/traits.h), the list is padded at its end with its own first samples_per_query - 1
// entries.
struct LoadableSet {
  SetSize size() const { return {unpadded_size, indices.size()}; }

  std::vector<QuerySampleIndex> indices;  // handed to LoadSamplesToRam, padding included
  size_t unpadded_size = 0;
};

// How the samples of a test are divided into sets.
struct SetSizes {
  uint64_t sample_count = 0;    // of all sets together, without padding
  uint64_t shuffled_count = 0;  // the first samples of the library, of which they are chosen
  uint64_t set_count = 0;
  SetSize largest;  // the size of each set but the last, which may be smaller
};

// Throws SettingsError when there are no samples or more than 32 bits can count, or when
// performance_issue_same_index lies outside a set.
SetSizes SizesOfSets(const EffectiveSettings& settings, SeriesMode mode,
                     uint64_t library_total_count);

// The sets of a test, in the order in which accuracy mode visits them; performance uses the first.
// Random stream 1 of the specification: one shuffle seeded by qsl_rng_seed, of the samples used or,
// with performance_set_of_whole_library, of all.
// Throws as SizesOfSets.
std::vector<LoadableSet> LoadableSets(const EffectiveSettings& settings, SeriesMode mode,
                                      uint64_t library_total_count);

// Of a long series only the first queries are kept. For the others the plan has the state of the
// random streams, from which a Reader draws them again.
constexpr uint64_t kKeptQueries = uint64_t{1} << 20U;
// One arrival in kCheckpointEvery is kept, too, for lookups anywhere in the series.
constexpr uint64_t kCheckpointEvery = 512;

// Flat arrays. Each of the first kKeptQueries queries costs 4 bytes, plus 8 in Server; each after
// them nothing, except for 8 bytes every kCheckpointEvery queries in Server. Where positions are
// drawn without replacement, or responses are logged, all positions are kept. Offline: 8 bytes a
// sample.
struct Plan {
  // Whether a plan would keep the positions of all queries.
  static bool KeepsAll(const EffectiveSettings& settings, SeriesMode mode);
  // The memory of the positions and arrivals that a plan of `queries` would keep.
  static double BytesFor(const EffectiveSettings& settings, SeriesMode mode, double queries);

  uint64_t query_count = 0;
  uint64_t likely_query_count = 0;  // queries likely to be issued, at most query_count
  uint64_t samples_per_query = 1;
  int64_t duration_ns = 0;  // scheduled offset that one more query would have had

  // A query takes samples_per_query consecutive entries of *samples from its first position.
  std::shared_ptr<const std::vector<QuerySampleIndex>> samples;
  std::vector<uint32_t> first_position;  // of the first queries
  PositionStream later_positions;        // of the others

  // When queries are scheduled, ns since the start of the series.
  std::vector<int64_t> arrival_ns;  // Server, of the first queries; elsewhere empty and q * gap_ns
  std::vector<int64_t> checkpoint_ns;  // Server, of every kCheckpointEvery-th query
  ArrivalStream later_arrivals;        // from the first that is not kept
  int64_t gap_ns = 0;
  // MultiStreamFixedInterval: gap_ns is that of the ticks. A query goes at a tick, at tick q if
  // none is skipped.
  bool at_ticks = false;

  // The samples of a query whose position is kept.
  const QuerySampleIndex* First(uint64_t query) const {
    return samples->data() + first_position.at(query);
  }
  // Of a query whose arrival is kept, or which is a checkpoint; without arrivals, of any.
  int64_t ScheduledOffset(uint64_t query) const {
    if (arrival_ns.empty()) return static_cast<int64_t>(query) * gap_ns;
    return query < arrival_ns.size() ? arrival_ns[query]
                                     : checkpoint_ns.at(query / kCheckpointEvery);
  }
};

// Called while a long plan is made.
using base::Poll;
constexpr uint64_t kPollEvery = 1U << 20U;  // queries: some tens of milliseconds

// Random streams 2 (sample order, seeded by sample_index_rng_seed) and 3 (arrival times, seeded by
// schedule_rng_seed), and the rule for how many queries there are. Throws SettingsError when the
// settings ask for more queries than a plan can hold.
Plan MakePlan(const EffectiveSettings& settings, SeriesMode mode, const LoadableSet& set,
              const Poll& poll = {});

}  // namespace mlperf::schedule

#endif  // MLPERF_LOADGEN_SCHEDULE_PLAN_H_
