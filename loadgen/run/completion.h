// Defines the part of a completion that every response takes: functions of Session that are
// compiled into the completion calls. Runs on the SUT's threads.

#ifndef MLPERF_LOADGEN_RUN_COMPLETION_H_
#define MLPERF_LOADGEN_RUN_COMPLETION_H_

#include <cstddef>
#include <cstdint>
#include <exception>
#include <span>

#include "base/thread_id.h"
#include "run/session.h"

namespace mlperf::run {

inline std::span<const uint8_t> Bytes(const QuerySampleResponse& response) {
  // The public struct carries the address as an integer.
  return {reinterpret_cast<const uint8_t*>(response.data), response.size};  // NOLINT
}

// With token metrics on, what is wrong with the figures of a sample that is being completed.
inline track::Fault TokenFault(const track::Slots& slots, uint64_t place, int64_t n_tokens,
                               bool first_tokens) {
  if (n_tokens < 0) return track::Fault::kNegativeTokenCount;
  if (n_tokens == 0) return track::Fault::kNoTokenCount;
  if (n_tokens > track::kMostTokens) return track::Fault::kTooManyTokens;
  if (!first_tokens) return track::Fault::kNone;
  if (!slots.HasFirstToken(place)) return track::Fault::kNoFirstToken;
  return n_tokens == 1 ? track::Fault::kSingleToken : track::Fault::kNone;
}

// What the id names for a call that began at `at_ns` of the series.
inline track::Fault FindIn(const track::Slots& slots, ResponseId id, int64_t at_ns) {
  const track::Slots::Found found = slots.Find(id);
  // A call that began before the sample was issued has guessed its id: the sample came up while the
  // call was at work on others, and its latency would be negative.
  const bool guessed = found.fault == track::Fault::kNone && at_ns < found.issued_ns;
  return guessed ? track::Fault::kNotIssued : found.fault;
}

// Counts the samples of one completion call, also when an exception ends it: the issuing thread
// waits for every sample that is marked as complete.
class Session::Count {
 public:
  explicit Count(track::CompletionCounter* completions) : completions_(completions) {}
  ~Count() {
    if (samples_ != 0) completions_->Add(samples_);
  }
  Count(const Count&) = delete;
  Count& operator=(const Count&) = delete;
  void Add(uint64_t samples) { samples_ += samples; }

 private:
  track::CompletionCounter* const completions_;
  uint64_t samples_ = 0;
};

inline track::Fault Session::Find(ResponseId id, int64_t now_ns) const {
  return series_ == nullptr ? track::Fault::kOldId
                            : FindIn(series_->slots, id, series_->SinceStart(now_ns));
}

// For the trace: a call that began at `now_ns` ends here.
inline void Session::CountCall(int64_t now_ns) noexcept {
  if (series_ == nullptr || !series_->completion_calls.enabled()) return;
  series_->completion_calls.Add(
      {series_->SinceStart(now_ns), clock_.NowNs() - now_ns, base::ThreadId()});
}

// The first responses, up to one that CompleteSlowly has more to do about. Returns how many.
template <typename Response>
size_t Session::CompleteQuickly(size_t count, Response response, int64_t now_ns) noexcept {
  if (series_ == nullptr || series_->log_all_responses) return 0;
  const bool some_are_logged = !series_->logged_responses.empty();
  const int64_t at_ns = series_->SinceStart(now_ns);
  track::Slots& slots = series_->slots;
  const bool tokens = slots.tokens();
  size_t done = 0;
  for (; done < count; ++done) {
    auto&& answer = response(done);
    if (FindIn(slots, answer.id, at_ns) != track::Fault::kNone) break;
    const uint64_t place = track::PlaceOf(answer.id);
    if (some_are_logged && Logged(place)) break;
    if (tokens && TokenFault(slots, place, answer.n_tokens, first_tokens_) != track::Fault::kNone)
      break;
    if (!slots.Complete(place, at_ns)) break;
    if (tokens) slots.SetTokenCount(place, answer.n_tokens);
  }
  return done;
}

template <typename Response>
void Session::Complete(size_t count, Response response, const ResponseCallback& response_cb) {
  const int64_t now_ns = clock_.NowNs();
  const size_t done = CompleteQuickly(count, response, now_ns);
  if (done < count) return CompleteRest(done, count, response, now_ns, response_cb);
  CountCall(now_ns);
  // Last: once the count is full, the issuing thread goes on.
  if (done != 0) series_->completions.Add(done);
}

// From the response `begin` on, which is one for CompleteSlowly.
template <typename Response>
void Session::CompleteRest(size_t begin, size_t count, Response response, int64_t now_ns,
                           const ResponseCallback& response_cb) {
  issue::Series* const series = series_.get();
  Count completed(series != nullptr ? &series->completions : nullptr);
  completed.Add(begin);
  std::exception_ptr raised;
  for (size_t i = begin; i < count; ++i) {
    CompleteSlowly(response(i), now_ns, response_cb, &completed, &raised);
  }
  CountCall(now_ns);
  if (raised != nullptr) std::rethrow_exception(raised);
}

template <typename Response>
void Session::FirstTokens(size_t count, Response response, const ResponseCallback& response_cb) {
  const int64_t now_ns = clock_.NowNs();
  issue::Series* const series = series_.get();
  std::exception_ptr raised;
  for (size_t i = 0; i < count; ++i) {
    auto&& answer = response(i);
    track::Fault fault = Find(answer.id, now_ns);
    const uint64_t place = track::PlaceOf(answer.id);
    if (fault == track::Fault::kNone) {
      if (!series->slots.tokens()) continue;
      fault = series->slots.FirstToken(place, series->SinceStart(now_ns));
    }
    if (fault != track::Fault::kNone) {
      events_.Record(fault, answer.id);
      continue;
    }
    if (!Logged(place)) continue;
    QuerySampleResponse logged = answer;
    CallBack(response_cb, &logged, &raised);
    if (logged.data == 0) logged.size = 0;
    if (!log_.accuracy().StashFirstToken(series->first_sequence_id + place, Bytes(logged))) {
      events_.Record(track::Fault::kBadData, answer.id);
    }
  }
  if (raised != nullptr) std::rethrow_exception(raised);
}

template <typename Response>
size_t Session::CompleteWithoutWaiting(size_t count, Response response) noexcept {
  if (series_ == nullptr || series_->completions.WouldRelease(count)) return 0;
  const int64_t now_ns = clock_.NowNs();
  const size_t done = CompleteQuickly(count, response, now_ns);
  if (done == 0) return 0;
  CountCall(now_ns);
  series_->completions.Add(done);
  return done;
}

template <typename Response>
size_t Session::FirstTokensWithoutWaiting(size_t count, Response response) noexcept {
  issue::Series* const series = series_.get();
  if (series == nullptr || series->log_all_responses) return 0;
  const int64_t now_ns = clock_.NowNs();
  size_t done = 0;
  for (; done < count; ++done) {
    const ResponseId id = response(done).id;
    if (Find(id, now_ns) != track::Fault::kNone) break;
    if (!series->slots.tokens()) continue;
    const uint64_t place = track::PlaceOf(id);
    if (Logged(place)) break;
    if (series->slots.FirstToken(place, series->SinceStart(now_ns)) != track::Fault::kNone) break;
  }
  return done;
}

}  // namespace mlperf::run

#endif  // MLPERF_LOADGEN_RUN_COMPLETION_H_
