#include "run/series_log.h"

#include "base/text.h"
#include "scenario/traits.h"

namespace mlperf::run {
namespace {

void TraceCalls(const char* name, const track::CallRecord& calls, int64_t start_ns,
                log::TraceLog& trace) {
  for (uint64_t i = 0; i < calls.size(); ++i) {
    const track::Call& call = calls[i];
    trace.Complete(name, call.thread, start_ns + call.begin_ns, call.duration_ns);
  }
}

// [1,2,3]
std::string JsonList(const std::vector<QuerySampleIndex>& values) {
  std::string list = "[";
  for (const QuerySampleIndex value : values) {
    list.append(list.size() == 1 ? "" : ",").append(std::to_string(value));
  }
  return list + ']';
}

}  // namespace

base::Entries PlanEntries(const schedule::LoadableSet& set, const schedule::Plan& plan) {
  return {{"loaded_qsl_set", JsonList(set.indices)},
          {"generated_query_count", base::JsonNumber(plan.query_count)},
          {"generated_samples_per_query", base::JsonNumber(plan.samples_per_query)},
          {"generated_query_duration", base::JsonNumber(plan.duration_ns)}};
}

base::Entries LoggerEntries() {
  base::Entries entries;
  for (const char* key :
       {"logger_swap_request_slots_retry_count", "logger_swap_request_slots_retry_retry_count",
        "logger_swap_request_slots_retry_reencounter_count",
        "logger_start_reading_entries_retry_count", "logger_tls_total_log_cas_fail_count",
        "logger_tls_total_swap_buffers_slot_retry_count"}) {
    entries.push_back({key, "0"});
  }
  return entries;
}

void Trace(const issue::Series& series, const EffectiveSettings& settings, log::TraceLog& trace) {
  if (!trace.enabled()) return;
  const bool poisson = scenario::TraitsOf(settings.scenario).poisson();
  const bool closed_loop = scenario::TraitsOf(settings.scenario).closed_loop();
  const int64_t start_ns = series.start_ns.load();
  TraceCalls("IssueQuery", series.issue_calls, start_ns, trace);
  TraceCalls("QuerySamplesComplete", series.completion_calls, start_ns, trace);

  const uint64_t per_query = series.plan.samples_per_query;
  const uint64_t queries = series.QueriesEnd();
  schedule::Reader reader(series.plan);
  for (uint64_t query = 0; query < queries; ++query, reader.Advance()) {
    if (!series.WasIssued(query)) continue;
    const int64_t scheduled_ns = start_ns + series.ScheduledAt(reader, closed_loop);
    const int64_t issued_ns = start_ns + series.slots.IssuedAt(query);
    trace.BeginQuery({query, scheduled_ns, issued_ns});
    const QuerySampleIndex* const indices = reader.samples();
    for (uint64_t i = 0; i < per_query; ++i) {
      const uint64_t place = query * per_query + i;
      const int64_t done_ns = series.slots.DoneAt(place);
      if (done_ns < 0) continue;
      trace.AddSample(series.first_sequence_id + place, indices[i], start_ns + done_ns);
      if (poisson) trace.AddLatencyCounter(start_ns + done_ns);
    }
  }
}

}  // namespace mlperf::run
