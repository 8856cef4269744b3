#include "run/session.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/caught.h"
#include "issue/issuer.h"
#include "issue/target.h"
#include "mlperf_loadgen/errors.h"
#include "run/completion.h"
#include "run/current.h"
#include "run/drain_wait.h"
#include "schedule/reader.h"

namespace mlperf::run {
namespace {

using track::Fault;

// Longer than most SUTs take to queue a query.
constexpr int64_t kYieldNs = 5'000;

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

void Session::Begin(std::unique_ptr<issue::Series> series, const EffectiveSettings& settings) {
  CurrentSession().RunExclusively([&] {
    settings_ = settings;
    series_ = std::move(series);
  });
  ending_.ApplyRequest();
  ApplyPollRequest();
  // One that came when there was no series to interrupt.
  if (ending_.early()) series_->Interrupt();
}

std::unique_ptr<issue::Series> Session::End(DrainWait& wait) {
  std::unique_ptr<issue::Series> ended;
  if (!CurrentSession().RunExclusively([&] { ended = std::move(series_); }, std::ref(wait))) {
    abandoned_ = true;
    ReplaceCurrentSession();
  }
  return ended;
}

void Session::CallBack(const ResponseCallback& response_cb, QuerySampleResponse* response,
                       std::exception_ptr* raised) {
  if (!response_cb) return;
  const ResponseId id = response->id;
  if (*raised == nullptr) {
    try {
      response_cb(response);
    } catch (const base::ThreadEnds&) {
      events_.Record(Fault::kCallbackThrew, id);
      RequestEnd(std::make_exception_ptr(
          StateError("a response callback ended the thread that it was called on")));
      throw;
    } catch (...) {
      *raised = base::Caught();
    }
    ending_.ThrowIfForked();
    if (*raised != nullptr) events_.Record(Fault::kCallbackThrew, id);
  }
  if (*raised != nullptr) response->size = 0;
}

// What is wrong with it is noted in the events, and bytes go into the log: that may take a while.
void Session::CompleteSlowly(const QuerySampleResponse& answer, int64_t now_ns,
                             const ResponseCallback& response_cb, Count* completed,
                             std::exception_ptr* raised) {
  Fault fault = Find(answer.id, now_ns);
  if (fault != Fault::kNone) return events_.Record(fault, answer.id);
  issue::Series* const series = series_.get();
  const uint64_t place = track::PlaceOf(answer.id);
  if (!series->slots.Complete(place, series->SinceStart(now_ns))) {
    return events_.Record(Fault::kCompletedTwice, answer.id);
  }
  completed->Add(1);
  if (series->slots.tokens()) {
    fault = TokenFault(series->slots, place, answer.n_tokens, first_tokens_);
    if (fault != Fault::kNone) events_.Record(fault, answer.id);
    const bool is_count = answer.n_tokens >= 0 && answer.n_tokens <= track::kMostTokens;
    series->slots.SetTokenCount(place, is_count ? answer.n_tokens : 0);
  }
  if (!Logged(place)) return;
  QuerySampleResponse logged = answer;
  CallBack(response_cb, &logged, raised);
  if (logged.data == 0 && logged.size != 0) {
    events_.Record(Fault::kNullData, answer.id);
    logged.size = 0;
  }
  log::AccuracyRecord record;
  record.seq_id = series->first_sequence_id + place;
  record.qsl_idx = series->SampleIndex(place);
  record.data = Bytes(logged);
  record.with_token_data = series->slots.tokens() && first_tokens_;
  if (series->slots.tokens()) record.token_count = answer.n_tokens;
  if (!log_.accuracy().Append(record)) events_.Record(Fault::kBadData, answer.id);
}

void Session::YieldToIssuer() const noexcept {
  if (series_ == nullptr || base::ThreadId() == thread_) return;
  const track::CompletionCounter& completions = series_->completions;
  const uint64_t reached = completions.SpinTarget();
  if (completions.Count() < reached) return;
  const int64_t give_up_ns = clock_.NowNs() + kYieldNs;
  while (completions.SpinTarget() == reached && clock_.NowNs() < give_up_ns) base::CpuRelax();
}

void Session::IssueShare(uint64_t generation, uint64_t k, const issue::Poll& poll) {
  issue::Series* const series = series_.get();
  if (series == nullptr || series->slots.generation() != generation) return;
  std::exception_ptr raised;
  try {
    issue::Target target(sut_, 1);
    issue::IssueThreadShare(*series, k, settings_, target, clock_, poll);
  } catch (const base::ThreadEnds&) {
    if (ending_.in_forked_child()) throw;
    issue::FinishIssueThread(
        *series, k,
        std::make_exception_ptr(StateError("a callback ended a thread that issues queries")));
    throw;
  } catch (...) {
    if (ending_.in_forked_child()) throw;
    raised = base::Caught();
  }
  if (!ending_.in_forked_child()) issue::FinishIssueThread(*series, k, std::move(raised));
}

void Session::ApplyPollRequest() {
  if (series_ != nullptr && TakePollRequest()) series_->completions.Wake();
}

std::optional<Progress> Session::GetProgress() const {
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

std::optional<QueryTimes> Session::TimesOf(ResponseId id) const {
  const issue::Series* const series = series_.get();
  if (series == nullptr || series->slots.Find(id).fault != Fault::kNone) return std::nullopt;
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
