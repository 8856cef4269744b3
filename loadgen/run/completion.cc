// What happens when a SUT completes samples, where it takes more than a look and a store. Runs on
// the SUT's threads.

#include "run/completion.h"

#include "base/caught.h"
#include "run/current.h"
#include "scenario/traits.h"

namespace mlperf::run {
namespace {

using track::Fault;

// Longer than most SUTs take to queue a query.
constexpr int64_t kYieldNs = 5'000;

}  // namespace

void Run::CallBack(const ResponseCallback& response_cb, QuerySampleResponse* response,
                   std::exception_ptr* raised) {
  if (!response_cb) return;
  const ResponseId id = response->id;
  if (*raised == nullptr) {
    try {
      response_cb(response);
    } catch (const base::ThreadEnds&) {
      events_->Record(Fault::kCallbackThrew, id);
      RequestEnd(std::make_exception_ptr(
          StateError("a response callback ended the thread that it was called on")));
      throw;
    } catch (...) {
      *raised = base::Caught();
    }
    ThrowIfForked();
    if (*raised != nullptr) events_->Record(Fault::kCallbackThrew, id);
  }
  if (*raised != nullptr) response->size = 0;
}

// What is wrong with it is noted in the events, and bytes go into the log: that may take a while.
void Run::CompleteSlowly(const QuerySampleResponse& answer, int64_t now_ns,
                         const ResponseCallback& response_cb, Count* completed,
                         std::exception_ptr* raised) {
  Fault fault = Find(answer.id, now_ns);
  if (fault != Fault::kNone) return events_->Record(fault, answer.id);
  issue::Series* const series = series_.get();
  const bool offline = !scenario::TraitsOf(settings_.scenario).first_tokens;
  const uint64_t place = track::PlaceOf(answer.id);
  if (!series->slots.Complete(place, series->SinceStart(now_ns))) {
    return events_->Record(Fault::kCompletedTwice, answer.id);
  }
  completed->Add(1);
  if (series->slots.tokens()) {
    fault = TokenFault(series->slots, place, answer.n_tokens, offline);
    if (fault != Fault::kNone) events_->Record(fault, answer.id);
    const bool is_count = answer.n_tokens >= 0 && answer.n_tokens <= track::kMostTokens;
    series->slots.SetTokenCount(place, is_count ? answer.n_tokens : 0);
  }
  if (!Logged(place)) return;
  QuerySampleResponse logged = answer;
  CallBack(response_cb, &logged, raised);
  if (logged.data == 0 && logged.size != 0) {
    events_->Record(Fault::kNullData, answer.id);
    logged.size = 0;
  }
  log::AccuracyRecord record;
  record.seq_id = series->first_sequence_id + place;
  record.qsl_idx = series->SampleIndex(place);
  record.data = Bytes(logged);
  record.with_token_data = series->slots.tokens() && !offline;
  if (series->slots.tokens()) record.token_count = answer.n_tokens;
  if (!log_->accuracy().Append(record)) events_->Record(Fault::kBadData, answer.id);
}

void Run::YieldToIssuer() const noexcept {
  if (series_ == nullptr || base::ThreadId() == thread_) return;
  const track::CompletionCounter& completions = series_->completions;
  const uint64_t reached = completions.SpinTarget();
  if (completions.Count() < reached) return;
  const int64_t give_up_ns = clock_.NowNs() + kYieldNs;
  while (completions.SpinTarget() == reached && clock_.NowNs() < give_up_ns) base::CpuRelax();
}

}  // namespace mlperf::run
