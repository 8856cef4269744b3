#include "run/measure.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "issue/intervals.h"
#include "results/overhead.h"
#include "results/timeline.h"
#include "scenario/traits.h"
#include "schedule/reader.h"
#include "track/late_issues.h"

namespace mlperf::run {
namespace {

results::TimelineMaker::Series ShapeOf(const issue::Series& series,
                                       const scenario::Traits& traits) {
  const track::Slots& slots = series.slots;
  results::TimelineMaker::Series shape;
  shape.samples_per_query = slots.samples_per_query();
  shape.lags = traits.has_schedule();
  shape.gaps = traits.closed_loop();
  shape.tokens = slots.tokens();
  if (traits.closed_loop()) {
    shape.by = Timeline::By::kOrder;
    shape.divided = series.QueriesIssued();
    return shape;
  }
  if (traits.one_query()) {
    shape.by = Timeline::By::kCompletion;
    shape.divided = slots.sample_count();
    for (uint64_t sample = 0; sample < slots.sample_count(); ++sample) {
      shape.span_ns = std::max(shape.span_ns, slots.DoneAt(sample));
    }
    return shape;
  }
  shape.by = Timeline::By::kDue;
  shape.divided = series.plan.query_count;
  shape.span_ns = series.plan.duration_ns;
  const uint64_t end = series.QueriesEnd();
  if (end < series.plan.query_count && end > 0) {  // cut short, or some ticks were skipped
    shape.divided = end;
    schedule::Reader last(series.plan);
    last.AdvanceTo(end - 1);
    shape.span_ns = series.ScheduledAt(last, false) + 1;
  }
  return shape;
}

// `reader` stands at the query.
void AddQuery(const track::Slots& slots, const schedule::Reader& reader, int64_t scheduled_ns,
              results::TimelineMaker* timeline) {
  const uint64_t query = reader.query();
  timeline->AddQuery(query, scheduled_ns, slots.IssuedAt(query));
  const uint64_t begin = query * slots.samples_per_query();
  for (uint64_t i = 0; i < slots.samples_per_query(); ++i) {
    results::TimelineMaker::Sample sample;
    sample.index = reader.samples()[i];
    sample.done_ns = slots.DoneAt(begin + i);
    if (slots.tokens()) {
      sample.first_token_ns = slots.FirstTokenAt(begin + i);
      sample.n_tokens = slots.TokenCount(begin + i);
    }
    timeline->AddSample(sample);
  }
}

}  // namespace

track::Measurements Measure(const issue::Series& series, const EffectiveSettings& settings,
                            track::Slots::Then then, bool with_timeline) {
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
  std::optional<results::TimelineMaker> timeline;
  if (with_timeline) timeline.emplace(ShapeOf(series, traits));
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
        // Here, because the plan would have to be drawn again for another pass.
        if (timeline) AddQuery(series.slots, reader, scheduled_ns, &*timeline);
        return scheduled_ns;
      },
      then, closed_loop ? track::Slots::Gaps::kMeasure : track::Slots::Gaps::kNone);
  measured.query_intervals = std::move(intervals);
  measured.schedule_lag_ns = std::move(lags);
  for (size_t k = 1; k < late.size(); ++k) late.front().Add(late[k]);
  measured.late_issues = late.front().Counted();
  if (timeline) measured.timeline = std::move(*timeline).Take();
  return measured;
}

}  // namespace mlperf::run
