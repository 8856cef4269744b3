// Holds one series of queries: its plan and everything that is written while it runs.

#ifndef MLPERF_LOADGEN_ISSUE_SERIES_H_
#define MLPERF_LOADGEN_ISSUE_SERIES_H_

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <utility>
#include <vector>

#include "base/zeroed_array.h"
#include "issue/issue_thread_state.h"
#include "mlperf_loadgen/test_settings.h"
#include "schedule/plan.h"
#include "schedule/reader.h"
#include "track/call_record.h"
#include "track/completion_counter.h"
#include "track/slots.h"

namespace mlperf::issue {

struct Series {
  // `threads_`: the number of registered threads that issue it; 0: the thread that runs the test.
  Series(schedule::Plan plan_, schedule::SeriesMode mode_, uint64_t generation,
         uint64_t first_sequence_id_, bool tokens, bool trace, uint64_t threads_ = 0)
      : plan(std::move(plan_)),
        mode(mode_),
        first_sequence_id(first_sequence_id_),
        slots(generation, plan.query_count, plan.samples_per_query, tokens,
              plan.likely_query_count),
        ticks(plan.at_ticks ? plan.query_count : 0),
        issue_calls(trace ? plan.query_count : 0),
        completion_calls(trace ? slots.sample_count() : 0),
        threads(threads_),
        thread_states(std::max<uint64_t>(threads, 1)),
        threads_left(static_cast<uint32_t>(threads)) {}

  // The memory of what a series writes.
  static constexpr uint64_t BytesPerQuery(bool at_ticks, bool trace) {
    return track::Slots::BytesPerQuery() + (at_ticks ? sizeof(uint64_t) : 0) +
           (trace ? track::CallRecord::BytesPerCall() : 0);
  }
  static constexpr uint64_t BytesPerSample(bool tokens, bool trace) {
    return track::Slots::BytesPerSample(tokens) + (trace ? track::CallRecord::BytesPerCall() : 0);
  }

  // Converts a time of the clock. Any thread, after a query was issued.
  int64_t SinceStart(int64_t clock_ns) const {
    return clock_ns - start_ns.load(std::memory_order_relaxed);
  }

  // Any thread. Read the number of completions first: then it is never above this one.
  uint64_t QueriesIssued() const {
    uint64_t queries = 0;
    for (uint64_t k = 0; k < thread_states.size(); ++k) queries += QueriesIssued(k);
    return queries;
  }
  // By issuing thread `k`.
  uint64_t QueriesIssued(uint64_t k) const {
    const uint64_t end = thread_states[k].end.load(std::memory_order_relaxed);
    return end == 0 ? 0 : (end - 1 - k) / thread_states.size() + 1;
  }
  // One past the last query issued. Where a thread ended before others, some before it were not
  // issued.
  uint64_t QueriesEnd() const {
    uint64_t end = 0;
    for (const IssueThreadState& thread_state : thread_states)
      end = std::max(end, thread_state.end.load(std::memory_order_relaxed));
    return end;
  }
  bool WasIssued(uint64_t query) const { return slots.IssuedAt(query) >= 0; }

  // Stops issuing on every thread. Any thread; safe in a signal handler.
  void Interrupt() noexcept {
    completions.Interrupt();
    if (threads == 0) return;
    for (IssueThreadState& thread_state : thread_states) thread_state.completions.Interrupt();
  }

  // When an issued query was due; in a closed loop, when it was issued. The second form is for
  // queries whose time the plan keeps.
  int64_t ScheduledAt(const schedule::Reader& query, bool closed_loop) const {
    if (closed_loop) return slots.IssuedAt(query.query());
    return ticks.empty() ? query.scheduled_ns() : plan.ScheduledOffset(TickOf(query.query()));
  }
  int64_t ScheduledAt(uint64_t query, bool closed_loop) const {
    if (closed_loop) return slots.IssuedAt(query);
    return plan.ScheduledOffset(ticks.empty() ? query : TickOf(query));
  }

  // MultiStreamFixedInterval, after a query was issued.
  uint64_t TickOf(uint64_t query) const {
    return ticks.Atomic(query).load(std::memory_order_relaxed);
  }

  // When the last sample of an issued query completed; -1 while one has not.
  int64_t QueryDoneAt(uint64_t query) const {
    int64_t done_ns = -1;
    const uint64_t end = (query + 1) * plan.samples_per_query;
    for (uint64_t place = query * plan.samples_per_query; place < end; ++place) {
      const int64_t at_ns = slots.DoneAt(place);
      if (at_ns < 0) return -1;
      if (at_ns > done_ns) done_ns = at_ns;
    }
    return done_ns;
  }

  // The second form is for queries whose position the plan keeps: all whose responses are logged.
  QuerySampleIndex SampleIndex(const schedule::Reader& query, uint64_t place) const {
    return query.samples()[place - query.query() * plan.samples_per_query];
  }
  QuerySampleIndex SampleIndex(uint64_t place) const {
    const uint64_t query = slots.QueryOf(place);
    const uint64_t begin = query * plan.samples_per_query;
    return plan.First(query)[place - begin];
  }

  const schedule::Plan plan;
  const schedule::SeriesMode mode;
  const uint64_t first_sequence_id;  // of its first sample, counted over the whole test
  // Of the series of a test: accuracy mode runs one for each set of samples that fits in memory.
  uint64_t number = 0;
  uint64_t count = 1;

  // Which samples go to the accuracy log: all, or those marked, one byte a sample; none when empty.
  bool log_all_responses = false;
  std::vector<uint8_t> logged_responses;

  track::Slots slots;
  track::CompletionCounter completions;
  base::ZeroedArray<uint64_t> ticks;   // of each query; empty without ticks
  track::CallRecord issue_calls;       // for the trace
  track::CallRecord completion_calls;  // for the trace
  // A time of the clock, taken just before the first query; 0 until then.
  std::atomic<int64_t> start_ns{0};

  const uint64_t threads;  // registered threads that issue it
  std::vector<IssueThreadState> thread_states;
  std::atomic<uint32_t> threads_left;  // registered threads that have not done their share yet
};

}  // namespace mlperf::issue

#endif  // MLPERF_LOADGEN_ISSUE_SERIES_H_
