#include "schedule/sample_order.h"

#include <algorithm>
#include <limits>
#include <span>
#include <string>

#include "base/pages.h"
#include "base/random.h"
#include "mlperf_loadgen/errors.h"
#include "scenario/traits.h"
#include "schedule/arrivals.h"

namespace mlperf::schedule {
namespace {

enum class Order { kUnique, kSame, kEqualIssue, kAccuracy, kUniform };

Order OrderOf(const EffectiveSettings& settings, SeriesMode mode) {
  if (settings.performance_issue_unique) return Order::kUnique;
  if (settings.performance_issue_same) return Order::kSame;
  if (settings.sample_concatenate_permutation &&
      !scenario::TraitsOf(settings.scenario).contiguous_samples) {
    return Order::kEqualIssue;
  }
  return mode == SeriesMode::kAccuracy ? Order::kAccuracy : Order::kUniform;
}

// 0, stride, 2 * stride, ... below `end`.
std::vector<uint32_t> Steps(uint64_t end, uint64_t stride) {
  std::vector<uint32_t> steps;
  steps.reserve(end / stride + 1);
  for (uint64_t i = 0; i < end; i += stride) steps.push_back(static_cast<uint32_t>(i));
  return steps;
}

// Draws what precedes the queries; keeps in the result what `order` takes its positions from.
std::vector<uint32_t> Permutations(base::Random& random, const EffectiveSettings& settings,
                                   SeriesMode mode, const LoadableSet& set, Order order,
                                   const Poll& poll) {
  const bool is_offline = scenario::TraitsOf(settings.scenario).one_query();
  const std::vector<uint32_t> starts =
      Steps(set.unpadded_size, is_offline ? 1 : settings.samples_per_query);
  std::vector<uint32_t> kept;
  if (mode == SeriesMode::kAccuracy) {
    std::vector<uint32_t> accuracy = starts;
    random.Shuffle(std::span(accuracy));
    if (order == Order::kAccuracy) kept = std::move(accuracy);
  }
  std::vector<uint32_t> unique = starts;
  random.Shuffle(std::span(unique));
  if (order == Order::kUnique) kept = std::move(unique);

  const bool keeps_passes = order == Order::kEqualIssue;
  // Without a least number of queries there are no passes, unless positions are taken from them.
  const uint64_t queries =
      std::max<uint64_t>(MinQueries(settings, mode, set.size()), keeps_passes ? 1 : 0);
  std::vector<uint32_t> pass = Steps(set.indices.size(), 1);
  if (keeps_passes) kept.reserve(queries + pass.size());
  for (uint64_t drawn = 0, next_poll = 0; drawn < queries; drawn += pass.size()) {
    if (poll && drawn >= next_poll) {
      poll();
      next_poll = drawn + kPollEvery;
    }
    random.Shuffle(std::span(pass));
    if (keeps_passes) kept.insert(kept.end(), pass.begin(), pass.end());
  }
  return kept;
}

}  // namespace

uint64_t OfflineCount(const EffectiveSettings& settings, SeriesMode mode, const SetSize& set) {
  constexpr uint64_t kMaxSamples = std::numeric_limits<uint32_t>::max();
  const uint64_t size = set.unpadded;
  if (mode == SeriesMode::kAccuracy || settings.performance_issue_unique) return size;
  const uint64_t wanted = settings.samples_per_query;
  const uint64_t passes = wanted / size + (wanted % size != 0);
  const uint64_t count = settings.sample_concatenate_permutation ? passes * size : wanted;
  if (wanted > kMaxSamples || count > kMaxSamples) {
    throw SettingsError("samples to issue = " + std::to_string(wanted) + ": must be at most " +
                        std::to_string(kMaxSamples) +
                        "; the larger of min_query_count and what min_duration_ms and "
                        "offline_expected_qps ask for");
  }
  return count;
}

std::vector<uint32_t> FirstPositions(const EffectiveSettings& settings, SeriesMode mode,
                                     const LoadableSet& set, uint64_t query_count, uint64_t kept,
                                     const Poll& poll, PositionStream* later) {
  const Order order = OrderOf(settings, mode);
  if (order == Order::kSame) {
    const auto same = static_cast<uint32_t>(settings.performance_issue_same_index);
    *later = PositionStream(same);
    return std::vector<uint32_t>(kept, same);
  }
  base::Random random(settings.sample_index_rng_seed);
  std::vector<uint32_t> positions = Permutations(random, settings, mode, set, order, poll);
  if (order == Order::kUniform) {
    const uint32_t size = static_cast<uint32_t>(set.unpadded_size);
    positions.reserve(kept);
    while (positions.size() < kept) {
      if (poll && positions.size() % kPollEvery == 0) poll();
      positions.push_back(random.UniformIndex(size));
    }
    *later = PositionStream(random, size);
    return positions;
  }
  positions.reserve(query_count);
  // Equal issue starts over when a test is so long that it uses up its permutations.
  const size_t drawn = positions.size();
  while (positions.size() < query_count) positions.push_back(positions[positions.size() - drawn]);
  return positions;
}

std::vector<QuerySampleIndex> OfflineSamples(const EffectiveSettings& settings, SeriesMode mode,
                                             const LoadableSet& set, const Poll& poll) {
  const uint64_t count = OfflineCount(settings, mode, set.size());
  if (settings.performance_issue_same) {
    return std::vector<QuerySampleIndex>(count, set.indices[settings.performance_issue_same_index]);
  }
  const bool shuffles = settings.sample_concatenate_permutation;
  base::Random random(settings.sample_index_rng_seed);
  if (shuffles) {
    Permutations(random, settings, mode, set, Order::kUniform, poll);
  }
  std::vector<QuerySampleIndex> samples;
  samples.reserve(count);
  constexpr uint64_t kMostPrefaulted = 1U << 23U;  // 64 MiB, so that `poll` is not late
  base::PrefaultPages(samples.data(), std::min(count, kMostPrefaulted) * sizeof(QuerySampleIndex));
  for (size_t next_poll = 0; samples.size() < count;) {
    const size_t begin = samples.size();
    if (poll && begin >= next_poll) {
      poll();
      next_poll = begin + kPollEvery;
    }
    const size_t size = std::min<uint64_t>(set.unpadded_size, count - begin);
    samples.insert(samples.end(), set.indices.begin(),
                   set.indices.begin() + static_cast<std::ptrdiff_t>(size));
    if (shuffles) random.Shuffle(std::span(samples).subspan(begin));
  }
  return samples;
}

}  // namespace mlperf::schedule
