#include "schedule/arrivals.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "base/text.h"
#include "base/units.h"
#include "mlperf_loadgen/errors.h"
#include "scenario/traits.h"

namespace mlperf::schedule {
namespace {

constexpr double kMaxSamples = std::numeric_limits<uint32_t>::max();
// No exponential gap exceeds 37 times the mean, so below this mean the last one fits 63 bits.
constexpr double kMaxDurationNs = 0x1p57;

uint64_t RoundUp(uint64_t value, uint64_t multiple) {
  return (value + multiple - 1) / multiple * multiple;
}

// When a series has enough queries: Reached says it, and CountAt solves it for constant gaps.
struct Goal {
  // `last_ns`: when the last of `count` queries is due.
  bool Reached(uint64_t count, int64_t last_ns) const {
    return last_ns >= last_due_ns && count >= min_queries && count % multiple == 0;
  }

  // The least count that is enough. `gap_ns` is above 0 where the time counts.
  uint64_t CountAt(int64_t gap_ns) const {
    uint64_t count = min_queries;
    if (last_due_ns > 0) {
      const auto gap = static_cast<uint64_t>(gap_ns);
      count = std::max(count, RoundUp(static_cast<uint64_t>(last_due_ns), gap) / gap + 1);
    }
    return RoundUp(count, multiple);
  }

  uint64_t min_queries = 1;
  int64_t last_due_ns = 0;  // the last query is due then or later
  uint64_t multiple = 1;    // divides the count
  uint64_t prepared = 0;    // at least, though fewer are likely to be issued
};

bool IssuesEachOnce(const EffectiveSettings& settings, SeriesMode mode) {
  return mode == SeriesMode::kAccuracy || settings.performance_issue_unique;
}

// `what` names the value, which follows from the settings.
void RequireAtMost(double limit, double value, const char* what,
                   const EffectiveSettings& settings) {
  if (value <= limit) return;
  throw SettingsError(std::string(what) + " = " + base::General(value) + ": must be at most " +
                      base::General(limit) + "; " + SizeCauses(settings));
}

Goal MakeGoal(const EffectiveSettings& settings, SeriesMode mode, const SetSize& set) {
  Goal goal;
  goal.min_queries = std::max<uint64_t>(MinQueries(settings, mode, set), 1);
  if (IssuesEachOnce(settings, mode)) return goal;

  const bool due_times_are_real = scenario::TraitsOf(settings.scenario).has_schedule();
  const int64_t duration_ms =
      due_times_are_real ? settings.min_duration_ms : settings.target_duration_ms;
  const int64_t factor = due_times_are_real ? base::kNsPerMs : 2 * base::kNsPerMs;
  RequireAtMost(kMaxDurationNs, static_cast<double>(duration_ms) * static_cast<double>(factor),
                "test length in ns", settings);
  goal.last_due_ns = duration_ms * factor;
  if (settings.sample_concatenate_permutation) goal.multiple = set.padded;
  goal.prepared = settings.ample_query_count;
  return goal;
}

// Of a series with `queries_per_ns` on average: infinite when all gaps are 0. Returns the most
// queries it can be expected to have.
double CheckSize(const EffectiveSettings& settings, const Goal& goal, double queries_per_ns) {
  const double timed =
      goal.last_due_ns > 0 ? static_cast<double>(goal.last_due_ns) * queries_per_ns + 1 : 0;
  const double likely = std::max(static_cast<double>(goal.min_queries), timed) +
                        static_cast<double>(goal.multiple - 1);
  const double queries = std::max(likely, static_cast<double>(goal.prepared));
  // Arrivals at random: five standard deviations more.
  const bool is_random = scenario::TraitsOf(settings.scenario).poisson() && timed > 0;
  const double most_queries = is_random ? queries + 5 * std::sqrt(queries) : queries;
  RequireAtMost(kMaxSamples, most_queries * static_cast<double>(settings.samples_per_query),
                "samples to issue", settings);
  RequireAtMost(kMaxDurationNs, most_queries / queries_per_ns, "test length in ns", settings);
  return most_queries;
}

int64_t ConstantGap(const EffectiveSettings& settings) {
  const double gap_ns = 1 / settings.target_qps * base::kNsPerSecond;
  RequireAtMost(kMaxDurationNs, gap_ns, "ns between queries", settings);
  return static_cast<int64_t>(gap_ns);
}

Arrivals OneQuery(const EffectiveSettings& settings) {
  Arrivals arrivals;
  arrivals.query_count = 1;
  arrivals.gap_ns = arrivals.end_ns = ConstantGap(settings);
  return arrivals;
}

double MostQueriesOf(const EffectiveSettings& settings, const Goal& goal) {
  if (scenario::TraitsOf(settings.scenario).poisson()) {
    // The mean of an exponential with rate r, truncated to whole numbers, is 1 / (e^r - 1).
    return CheckSize(settings, goal, std::expm1(settings.target_qps / base::kNsPerSecond));
  }
  const int64_t gap_ns = ConstantGap(settings);
  if (scenario::TraitsOf(settings.scenario).ticks() && gap_ns == 0) {
    throw SettingsError(std::string(scenario::TraitsOf(settings.scenario).rate_setting) + " = " +
                        base::General(settings.target_qps) + ": must be at most 1e9");
  }
  return CheckSize(settings, goal, 1 / static_cast<double>(gap_ns));
}

Arrivals ConstantGaps(const EffectiveSettings& settings, const Goal& goal) {
  MostQueriesOf(settings, goal);
  Arrivals arrivals;
  arrivals.gap_ns = ConstantGap(settings);
  arrivals.likely_query_count = goal.CountAt(arrivals.gap_ns);
  arrivals.query_count = std::max(arrivals.likely_query_count, goal.prepared);
  arrivals.end_ns = static_cast<int64_t>(arrivals.query_count) * arrivals.gap_ns;
  return arrivals;
}

Arrivals PoissonGaps(const EffectiveSettings& settings, const Goal& goal, const Poll& poll) {
  const double most_queries = MostQueriesOf(settings, goal);
  Arrivals arrivals;
  const auto expected = static_cast<uint64_t>(most_queries);
  arrivals.offset_ns.reserve(std::min(expected, kKeptQueries));
  ArrivalStream stream(settings.schedule_rng_seed, settings.target_qps);
  uint64_t& count = arrivals.query_count;
  int64_t last_ns = 0;
  do {
    if (poll && count % kPollEvery == 0) poll();
    last_ns = stream.due_ns();
    if (count < kKeptQueries) arrivals.offset_ns.push_back(last_ns);
    if (count % kCheckpointEvery == 0) arrivals.checkpoint_ns.push_back(last_ns);
    stream.Advance();
    if (++count == kKeptQueries) arrivals.later = stream;
  } while (!goal.Reached(count, last_ns));
  arrivals.end_ns = stream.due_ns();
  return arrivals;
}

}  // namespace

uint64_t MinQueries(const EffectiveSettings& settings, SeriesMode mode, const SetSize& set) {
  if (scenario::TraitsOf(settings.scenario).one_query()) return 1;
  if (!IssuesEachOnce(settings, mode)) return settings.min_query_count;
  return RoundUp(set.unpadded, settings.samples_per_query) / settings.samples_per_query;
}

double MostQueries(const EffectiveSettings& settings, SeriesMode mode, const SetSize& set) {
  if (scenario::TraitsOf(settings.scenario).one_query()) {
    return static_cast<double>(OneQuery(settings).query_count);
  }
  return MostQueriesOf(settings, MakeGoal(settings, mode, set));
}

std::string SizeCauses(const EffectiveSettings& settings) {
  return "follows from min_duration_ms = " + std::to_string(settings.min_duration_ms) +
         ", min_query_count = " + std::to_string(settings.min_query_count) +
         ", samples per query = " + std::to_string(settings.samples_per_query) + ", " +
         scenario::TraitsOf(settings.scenario).rate_setting + " (" +
         base::General(settings.target_qps) + " queries per second)";
}

Arrivals MakeArrivals(const EffectiveSettings& settings, SeriesMode mode, const LoadableSet& set,
                      const Poll& poll) {
  if (scenario::TraitsOf(settings.scenario).one_query()) return OneQuery(settings);
  const Goal goal = MakeGoal(settings, mode, set.size());
  return scenario::TraitsOf(settings.scenario).poisson() ? PoissonGaps(settings, goal, poll)
                                                         : ConstantGaps(settings, goal);
}

}  // namespace mlperf::schedule
