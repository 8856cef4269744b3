#include "run/measure.h"

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "issue/intervals.h"
#include "results/overhead.h"
#include "results/timeline.h"
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

Timeline MakeTimeline(const issue::Series& series, const EffectiveSettings& settings) {
  const scenario::Traits& traits = scenario::TraitsOf(settings.scenario);
  const bool closed_loop = traits.closed_loop();
  const track::Slots& slots = series.slots;
  const uint64_t queries_end = series.QueriesEnd();

  results::TimelineMaker::Series shape;
  shape.samples_per_query = slots.samples_per_query();
  shape.lags = traits.has_schedule();
  shape.gaps = closed_loop;
  shape.tokens = slots.tokens();
  if (closed_loop) {
    shape.by = Timeline::By::kOrder;
    shape.divided = series.QueriesIssued();
  } else if (traits.one_query()) {
    shape.by = Timeline::By::kCompletion;
    shape.divided = slots.sample_count();
    for (uint64_t sample = 0; sample < slots.sample_count(); ++sample) {
      shape.span_ns = std::max(shape.span_ns, slots.DoneAt(sample));
    }
  } else {
    shape.by = Timeline::By::kDue;
    shape.divided = series.plan.query_count;
    shape.span_ns = series.plan.duration_ns;
    if (queries_end < series.plan.query_count && queries_end > 0) {  // cut short, or ended by ticks
      shape.divided = queries_end;
      schedule::Reader last(series.plan);
      last.AdvanceTo(queries_end - 1);
      shape.span_ns = series.ScheduledAt(last, false) + 1;
    }
  }

  results::TimelineMaker timeline(shape);
  schedule::Reader reader(series.plan);
  for (uint64_t query = 0; query < queries_end; ++query) {
    const int64_t issued_ns = slots.IssuedAt(query);
    if (issued_ns < 0) continue;
    reader.AdvanceTo(query);
    timeline.AddQuery(query, series.ScheduledAt(reader, closed_loop), issued_ns);
    const uint64_t begin = query * shape.samples_per_query;
    for (uint64_t i = 0; i < shape.samples_per_query; ++i) {
      results::TimelineMaker::Sample sample;
      sample.index = reader.samples()[i];
      sample.done_ns = slots.DoneAt(begin + i);
      if (shape.tokens) {
        sample.first_token_ns = slots.FirstTokenAt(begin + i);
        sample.n_tokens = slots.TokenCount(begin + i);
      }
      timeline.AddSample(sample);
    }
  }
  return std::move(timeline).Take();
}

}  // namespace mlperf::run
