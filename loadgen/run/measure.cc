#include "run/measure.h"

#include <cstdint>
#include <utility>
#include <vector>

#include "issue/intervals.h"
#include "results/overhead.h"
#include "scenario/traits.h"
#include "schedule/reader.h"
#include "track/late_issues.h"

namespace mlperf::run {

track::Measurements Measure(const issue::Series& series, const EffectiveSettings& settings,
                            track::Slots::Then then) {
  std::vector<int64_t> intervals;
  const scenario::Traits& traits = scenario::TraitsOf(settings.scenario);
  if (traits.ticks()) {
    intervals = issue::IntervalsBetweenQueries(series, settings.max_async_queries);
  }
  // How late each query was issued, where that does not follow from the completion before it.
  const bool closed_loop = traits.closed_loop();
  const bool has_schedule = traits.has_schedule();
  std::vector<int64_t> lags;
  std::vector<track::LateIssueCounter> late(
      series.thread_states.size(), track::LateIssueCounter(results::LateLimitNs(settings)));
  if (has_schedule) lags.reserve(series.QueriesIssued());
  schedule::Reader reader(series.plan);
  track::Measurements measured = series.slots.Measure(
      series.QueriesEnd(),
      [&](uint64_t query) {
        reader.AdvanceTo(query);
        const int64_t scheduled_ns = series.ScheduledAt(reader, closed_loop);
        if (has_schedule) {
          const int64_t issued_ns = series.slots.IssuedAt(query);
          lags.push_back(issued_ns - scheduled_ns);
          late[query % late.size()].Add(scheduled_ns, issued_ns);
        }
        return scheduled_ns;
      },
      then, closed_loop ? track::Slots::Gaps::kMeasure : track::Slots::Gaps::kNone);
  measured.query_intervals = std::move(intervals);
  measured.schedule_lag_ns = std::move(lags);
  for (size_t k = 1; k < late.size(); ++k) late.front().Add(late[k]);
  measured.late_issues = late.front().Counted();
  return measured;
}

}  // namespace mlperf::run
