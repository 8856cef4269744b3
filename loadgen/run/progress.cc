// How far a run is, seen from another thread.

#include <algorithm>
#include <vector>

#include "run/run.h"
#include "scenario/traits.h"

namespace mlperf::run {
namespace {

// Samples looked at for the percentile: enough for a figure on a screen, few enough to cost
// nothing.
constexpr uint64_t kLookedAt = 2000;

int64_t LatencyAtPercentile(const issue::Series& series, bool closed_loop, uint64_t samples,
                            double percentile) {
  std::vector<int64_t> latencies;
  latencies.reserve(kLookedAt + 1);
  uint64_t step = samples / kLookedAt + 1;
  // Of the later queries only the checkpoints' arrivals are kept.
  if (samples > schedule::kKeptQueries) {
    step = (step + schedule::kCheckpointEvery - 1) / schedule::kCheckpointEvery *
           schedule::kCheckpointEvery;
  }
  for (uint64_t place = 0; place < samples; place += step) {
    const int64_t done_ns = series.slots.DoneAt(place);
    if (done_ns < 0) continue;
    latencies.push_back(done_ns - series.ScheduledAt(series.slots.QueryOf(place), closed_loop));
  }
  if (latencies.empty()) return 0;
  const auto at = std::min(static_cast<size_t>(static_cast<double>(latencies.size()) * percentile),
                           latencies.size() - 1);
  std::nth_element(latencies.begin(), latencies.begin() + static_cast<ptrdiff_t>(at),
                   latencies.end());
  return latencies[at];
}

}  // namespace

std::optional<Progress> Run::GetProgress() const {
  const issue::Series* const series = series_.get();
  if (series == nullptr) return std::nullopt;
  const scenario::Traits& traits = scenario::TraitsOf(settings_.scenario);

  Progress progress;
  progress.scenario = settings_.scenario;
  progress.accuracy = series->mode == schedule::SeriesMode::kAccuracy;
  progress.series = series->number;
  progress.series_count = series->count;
  const int64_t start_ns = series->start_ns.load(std::memory_order_relaxed);
  if (start_ns != 0) {
    const int64_t elapsed_ns = std::max<int64_t>(0, clock_.NowNs() - start_ns);
    progress.elapsed_seconds = static_cast<double>(elapsed_ns) * 1e-9;
  }
  if (!progress.accuracy && traits.closed_loop()) {
    progress.expected_seconds = static_cast<double>(settings_.min_duration_ms) * 1e-3;
  }
  if (traits.has_schedule()) {
    progress.expected_seconds = static_cast<double>(series->plan.duration_ns) * 1e-9;
  }
  progress.queries_issued = series->QueriesIssued();
  progress.queries_planned = series->plan.query_count;
  progress.samples_issued = progress.queries_issued * series->plan.samples_per_query;
  progress.samples_completed = series->completions.Count();
  progress.samples_planned = series->slots.sample_count();
  progress.percentile = settings_.target_latency_percentile;
  const uint64_t samples = series->QueriesEnd() * series->plan.samples_per_query;
  progress.latency_ns =
      LatencyAtPercentile(*series, traits.closed_loop(), samples, progress.percentile);
  return progress;
}

std::optional<QueryTimes> Run::TimesOf(ResponseId id) const {
  const issue::Series* const series = series_.get();
  if (series == nullptr || series->slots.Find(id).fault != track::Fault::kNone) return std::nullopt;
  const uint64_t place = track::PlaceOf(id);
  if (series->slots.DoneAt(place) >= 0) return std::nullopt;
  const uint64_t query = series->slots.QueryOf(place);
  const auto moment = [series](int64_t offset_ns) {
    const int64_t clock_ns = series->start_ns.load(std::memory_order_relaxed) + offset_ns;
    return PerfClock::time_point(std::chrono::nanoseconds(clock_ns));
  };
  const bool closed_loop = scenario::TraitsOf(settings_.scenario).closed_loop();
  const auto& arrivals = series->plan.arrival_ns;
  int64_t scheduled_ns = 0;
  if (arrivals.empty() || query < arrivals.size()) {
    scheduled_ns = series->ScheduledAt(query, closed_loop);
  } else {
    schedule::Reader reader(series->plan);
    reader.AdvanceTo(query);
    scheduled_ns = series->ScheduledAt(reader, closed_loop);
  }
  return QueryTimes{moment(scheduled_ns), moment(series->slots.IssuedAt(query))};
}

}  // namespace mlperf::run
