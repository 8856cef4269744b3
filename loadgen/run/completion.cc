// What happens when a SUT completes samples. Runs on the SUT's threads.

#include "base/thread_id.h"
#include "run/current.h"
#include "run/run.h"

namespace mlperf::run {
namespace {

using track::Fault;

std::span<const uint8_t> Bytes(const QuerySampleResponse& response) {
  // The public struct carries the address as an integer.
  return {reinterpret_cast<const uint8_t*>(response.data), response.size};  // NOLINT
}

// With token metrics on, what is wrong with the figures of a sample that is being completed.
Fault TokenFault(const track::Slots& slots, uint64_t place, int64_t n_tokens, bool offline) {
  if (n_tokens < 0) return Fault::kNegativeTokenCount;
  if (n_tokens == 0) return Fault::kNoTokenCount;
  if (offline) return Fault::kNone;
  if (!slots.HasFirstToken(place)) return Fault::kNoFirstToken;
  return n_tokens == 1 ? Fault::kSingleToken : Fault::kNone;
}

// Counts the samples of one completion call, also when an exception ends it: the issuing thread
// waits for every sample that is marked as complete.
class Count {
 public:
  explicit Count(track::Gate* gate) : gate_(gate) {}
  ~Count() {
    if (samples_ != 0) gate_->Add(samples_);
  }
  Count(const Count&) = delete;
  Count& operator=(const Count&) = delete;
  void operator++() { ++samples_; }

 private:
  track::Gate* const gate_;
  uint64_t samples_ = 0;
};

}  // namespace

inline Fault Run::Find(ResponseId id, int64_t now_ns) const {
  if (series_ == nullptr) return Fault::kOldId;
  const track::Slots::Found found = series_->slots.Find(id);
  // A call that began before the sample was issued has guessed its id: the sample came up while the
  // call was at work on others, and its latency would be negative.
  const bool guessed = found.fault == Fault::kNone && series_->SinceStart(now_ns) < found.issued_ns;
  return guessed ? Fault::kNotIssued : found.fault;
}

void Run::CallBack(const ResponseCallback& response_cb, QuerySampleResponse* response,
                   std::exception_ptr* raised) {
  if (!response_cb) return;
  const ResponseId id = response->id;
  if (*raised == nullptr) {
    try {
      response_cb(response);
    } catch (...) {
      *raised = std::current_exception();
    }
    StayOutOfCopies();
    if (*raised != nullptr) journal_->Record(Fault::kCallbackThrew, id);
  }
  if (*raised != nullptr) response->size = 0;
}

template <typename Response>
void Run::Complete(size_t count, Response response, const ResponseCallback& response_cb) {
  const int64_t now_ns = clock_.NowNs();
  issue::Series* const series = series_.get();
  const bool offline = settings_.scenario == TestScenario::Offline;
  // Last to go: once the count is full, the issuing thread goes on.
  Count completed(series != nullptr ? &series->gate : nullptr);
  std::exception_ptr raised;
  for (size_t i = 0; i < count; ++i) {
    auto&& answer = response(i);
    Fault fault = Find(answer.id, now_ns);
    if (fault != Fault::kNone) {
      journal_->Record(fault, answer.id);
      continue;
    }
    const uint64_t place = track::PlaceOf(answer.id);
    if (!series->slots.Complete(place, series->SinceStart(now_ns))) {
      journal_->Record(Fault::kCompletedTwice, answer.id);
      continue;
    }
    ++completed;
    if (series->slots.tokens()) {
      fault = TokenFault(series->slots, place, answer.n_tokens, offline);
      if (fault != Fault::kNone) journal_->Record(fault, answer.id);
      series->slots.SetTokenCount(place, answer.n_tokens < 0 ? 0 : answer.n_tokens);
    }
    if (Logged(place)) {
      QuerySampleResponse logged = answer;
      CallBack(response_cb, &logged, &raised);
      if (logged.data == 0 && logged.size != 0) {
        journal_->Record(Fault::kNullData, answer.id);
        logged.size = 0;
      }
      log::AccuracyRecord record;
      record.seq_id = series->first_sequence_id + place;
      record.qsl_idx = series->SampleIndex(place);
      record.data = Bytes(logged);
      record.with_token_data = series->slots.tokens() && !offline;
      if (series->slots.tokens()) record.token_count = answer.n_tokens;
      if (!log_->accuracy().Append(record)) journal_->Record(Fault::kBadData, answer.id);
    }
  }
  if (series != nullptr && series->completion_calls.enabled()) {
    series->completion_calls.Add(
        {series->SinceStart(now_ns), clock_.NowNs() - now_ns, base::ThreadId()});
  }
  if (raised != nullptr) std::rethrow_exception(raised);
}

template <typename Response>
void Run::FirstTokens(size_t count, Response response, const ResponseCallback& response_cb) {
  const int64_t now_ns = clock_.NowNs();
  issue::Series* const series = series_.get();
  std::exception_ptr raised;
  for (size_t i = 0; i < count; ++i) {
    auto&& answer = response(i);
    Fault fault = Find(answer.id, now_ns);
    const uint64_t place = track::PlaceOf(answer.id);
    if (fault == Fault::kNone) {
      if (!series->slots.tokens()) continue;
      fault = series->slots.FirstToken(place, series->SinceStart(now_ns));
    }
    if (fault != Fault::kNone) {
      journal_->Record(fault, answer.id);
      continue;
    }
    if (!Logged(place)) continue;
    QuerySampleResponse logged = answer;
    CallBack(response_cb, &logged, &raised);
    if (logged.data == 0) logged.size = 0;
    if (!log_->accuracy().StashFirstToken(series->first_sequence_id + place, Bytes(logged))) {
      journal_->Record(Fault::kBadData, answer.id);
    }
  }
  if (raised != nullptr) std::rethrow_exception(raised);
}

// A response that a log is interested in is left to Complete, before anything is done about it.
template <typename Response>
size_t Run::CompleteWithoutWaiting(size_t count, Response response) noexcept {
  issue::Series* const series = series_.get();
  if (series == nullptr || series->log_all_responses) return 0;
  const bool offline = settings_.scenario == TestScenario::Offline;
  track::Slots& slots = series->slots;
  const int64_t now_ns = clock_.NowNs();
  const int64_t at_ns = series->SinceStart(now_ns);
  size_t done = 0;
  for (; done < count; ++done) {
    auto&& answer = response(done);
    if (Find(answer.id, now_ns) != Fault::kNone) break;
    const uint64_t place = track::PlaceOf(answer.id);
    if (Logged(place)) break;
    if (slots.tokens() && TokenFault(slots, place, answer.n_tokens, offline) != Fault::kNone) break;
    if (!slots.Complete(place, at_ns)) break;
    if (slots.tokens()) slots.SetTokenCount(place, answer.n_tokens);
  }
  if (done == 0) return 0;
  if (series->completion_calls.enabled()) {
    series->completion_calls.Add({at_ns, clock_.NowNs() - now_ns, base::ThreadId()});
  }
  series->gate.Add(done);
  return done;
}

template <typename Response>
size_t Run::FirstTokensWithoutWaiting(size_t count, Response response) noexcept {
  issue::Series* const series = series_.get();
  if (series == nullptr || series->log_all_responses) return 0;
  const int64_t now_ns = clock_.NowNs();
  size_t done = 0;
  for (; done < count; ++done) {
    const ResponseId id = response(done).id;
    if (Find(id, now_ns) != Fault::kNone) break;
    if (!series->slots.tokens()) continue;
    const uint64_t place = track::PlaceOf(id);
    if (Logged(place)) break;
    if (series->slots.FirstToken(place, series->SinceStart(now_ns)) != Fault::kNone) break;
  }
  return done;
}

}  // namespace mlperf::run

namespace mlperf {
namespace {

using run::CurrentRun;
using run::Run;

class RunVisit {
 public:
  RunVisit() : visit_(CurrentRun()) {
    if (!visit_) throw StateError("samples were completed while no test is running");
  }
  Run* operator->() const { return visit_.operator->(); }

 private:
  base::Door<Run>::Visit visit_;
};

auto FromArrays(const ResponseSpan& span) {
  return [&span](size_t i) {
    QuerySampleResponse response;
    response.id = span.ids != nullptr ? span.ids[i] : span.first_id + i * span.id_stride;
    if (span.addresses != nullptr) {
      response.data = span.addresses[i];
      response.size = span.sizes[i];
    } else if (span.rows != nullptr) {
      response.data = reinterpret_cast<uintptr_t>(span.rows) + i * span.row_bytes;
      response.size = span.row_bytes;
    }
    if (span.n_tokens != nullptr) response.n_tokens = span.n_tokens[i];
    return response;
  };
}

auto FromObjects(const QuerySampleResponse* responses) {
  return [responses](size_t i) -> const QuerySampleResponse& { return responses[i]; };
}

}  // namespace

void QuerySamplesComplete(QuerySampleResponse* responses, size_t response_count,
                          const ResponseCallback& response_cb) {
  RunVisit()->Complete(response_count, FromObjects(responses), response_cb);
}

void FirstTokenComplete(QuerySampleResponse* responses, size_t response_count,
                        const ResponseCallback& response_cb) {
  RunVisit()->FirstTokens(response_count, FromObjects(responses), response_cb);
}

size_t CompleteWithoutWaiting(const QuerySampleResponse* responses,
                              size_t response_count) noexcept {
  const base::Door<Run>::Visit visit(CurrentRun(), std::try_to_lock);
  return visit ? visit->CompleteWithoutWaiting(response_count, FromObjects(responses)) : 0;
}

size_t FirstTokenWithoutWaiting(const QuerySampleResponse* responses,
                                size_t response_count) noexcept {
  const base::Door<Run>::Visit visit(CurrentRun(), std::try_to_lock);
  return visit ? visit->FirstTokensWithoutWaiting(response_count, FromObjects(responses)) : 0;
}

void CompleteSamples(const ResponseSpan& responses) {
  RunVisit()->Complete(responses.size, FromArrays(responses), {});
}

void CompleteFirstTokens(const ResponseSpan& responses) {
  RunVisit()->FirstTokens(responses.size, FromArrays(responses), {});
}

size_t CompleteSamplesWithoutWaiting(const ResponseSpan& responses) noexcept {
  const base::Door<Run>::Visit visit(CurrentRun(), std::try_to_lock);
  return visit ? visit->CompleteWithoutWaiting(responses.size, FromArrays(responses)) : 0;
}

size_t CompleteFirstTokensWithoutWaiting(const ResponseSpan& responses) noexcept {
  const base::Door<Run>::Visit visit(CurrentRun(), std::try_to_lock);
  return visit ? visit->FirstTokensWithoutWaiting(responses.size, FromArrays(responses)) : 0;
}

}  // namespace mlperf
