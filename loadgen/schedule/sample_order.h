// Decides which samples the queries of a series take, by random stream 2, seeded by
// sample_index_rng_seed.

#ifndef MLPERF_LOADGEN_SCHEDULE_SAMPLE_ORDER_H_
#define MLPERF_LOADGEN_SCHEDULE_SAMPLE_ORDER_H_

#include <cstdint>
#include <vector>

#include "mlperf_loadgen/test_settings.h"
#include "schedule/plan.h"

namespace mlperf::schedule {

// All but Offline: for the first of `query_count` queries the position in `set` of its first
// sample; for `kept` of them, or for all where they are permutations. *later gives those after
// them. The first flag that is set decides, in both modes:
//   performance_issue_unique        a permutation of the positions, each once
//   performance_issue_same          always performance_issue_same_index
//   sample_concatenate_permutation  permutation after permutation, so that every sample is issued
//                                   equally often (unless queries have contiguous samples)
// and without a flag accuracy mode takes another permutation, performance mode uniform positions.
// Where queries have contiguous samples, only every samples_per_query-th position is permuted, so
// that they do not overlap.
//
// The engine passes over all these permutations before the uniform draws, whichever is used; of
// equal issue's there are enough for MinQueries, and a longer test starts over with the first.
std::vector<uint32_t> FirstPositions(const EffectiveSettings& settings, SeriesMode mode,
                                     const LoadableSet& set, uint64_t query_count, uint64_t kept,
                                     const Poll& poll, PositionStream* later);

// Offline: how many samples its one query has. Throws SettingsError for more than 2^32 - 1.
uint64_t OfflineCount(const EffectiveSettings& settings, SeriesMode mode, const SetSize& set);

// Offline: the samples of its one query, as many as OfflineCount, which may throw. The set over and
// over up to samples_per_query; once in accuracy mode and with performance_issue_unique.
// performance_issue_same replaces each by the sample at that index. With
// sample_concatenate_permutation the passes are whole and each is in an order of its own.
std::vector<QuerySampleIndex> OfflineSamples(const EffectiveSettings& settings, SeriesMode mode,
                                             const LoadableSet& set, const Poll& poll);

}  // namespace mlperf::schedule

#endif  // MLPERF_LOADGEN_SCHEDULE_SAMPLE_ORDER_H_
