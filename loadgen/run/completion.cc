// What happens when a SUT completes samples. Runs on the SUT's threads.

#include "base/caught.h"
#include "run/copies.h"
#include "run/current.h"
#include "run/late.h"
#include "run/run.h"

namespace mlperf::run {
namespace {

using track::Fault;

// Longer than most SUTs take to queue a query.
constexpr int64_t kYieldNs = 5'000;

std::span<const uint8_t> Bytes(const QuerySampleResponse& response) {
  // The public struct carries the address as an integer.
  return {reinterpret_cast<const uint8_t*>(response.data), response.size};  // NOLINT
}

// With token metrics on, what is wrong with the figures of a sample that is being completed.
Fault TokenFault(const track::Slots& slots, uint64_t place, int64_t n_tokens, bool offline) {
  if (n_tokens < 0) return Fault::kNegativeTokenCount;
  if (n_tokens == 0) return Fault::kNoTokenCount;
  if (n_tokens > track::kMostTokens) return Fault::kTooManyTokens;
  if (offline) return Fault::kNone;
  if (!slots.HasFirstToken(place)) return Fault::kNoFirstToken;
  return n_tokens == 1 ? Fault::kSingleToken : Fault::kNone;
}

// What the id names for a call that began at `at_ns` of the series.
inline Fault FindIn(const track::Slots& slots, ResponseId id, int64_t at_ns) {
  const track::Slots::Found found = slots.Find(id);
  // A call that began before the sample was issued has guessed its id: the sample came up while the
  // call was at work on others, and its latency would be negative.
  const bool guessed = found.fault == Fault::kNone && at_ns < found.issued_ns;
  return guessed ? Fault::kNotIssued : found.fault;
}

}  // namespace

// Counts the samples of one completion call, also when an exception ends it: the issuing thread
// waits for every sample that is marked as complete.
class Run::Count {
 public:
  explicit Count(track::Gate* gate) : gate_(gate) {}
  ~Count() {
    if (samples_ != 0) gate_->Add(samples_);
  }
  Count(const Count&) = delete;
  Count& operator=(const Count&) = delete;
  void Add(uint64_t samples) { samples_ += samples; }

 private:
  track::Gate* const gate_;
  uint64_t samples_ = 0;
};

inline Fault Run::Find(ResponseId id, int64_t now_ns) const {
  return series_ == nullptr ? Fault::kOldId
                            : FindIn(series_->slots, id, series_->SinceStart(now_ns));
}

// For the trace: a call that began at `now_ns` ends here.
inline void Run::NoteCall(int64_t now_ns) noexcept {
  if (series_ == nullptr || !series_->completion_calls.enabled()) return;
  series_->completion_calls.Add(
      {series_->SinceStart(now_ns), clock_.NowNs() - now_ns, base::ThreadId()});
}

void Run::CallBack(const ResponseCallback& response_cb, QuerySampleResponse* response,
                   std::exception_ptr* raised) {
  if (!response_cb) return;
  const ResponseId id = response->id;
  if (*raised == nullptr) {
    try {
      response_cb(response);
    } catch (const base::ThreadEnds&) {
      journal_->Record(Fault::kCallbackThrew, id);
      RequestEnd(std::make_exception_ptr(
          StateError("a response callback ended the thread that it was called on")));
      throw;
    } catch (...) {
      *raised = base::Caught();
    }
    StayOutOfCopies();
    if (*raised != nullptr) journal_->Record(Fault::kCallbackThrew, id);
  }
  if (*raised != nullptr) response->size = 0;
}

// What is wrong with it is noted in the journal, and bytes go into the log: that may take a while.
void Run::CompleteSlowly(const QuerySampleResponse& answer, int64_t now_ns,
                         const ResponseCallback& response_cb, Count* completed,
                         std::exception_ptr* raised) {
  Fault fault = Find(answer.id, now_ns);
  if (fault != Fault::kNone) return journal_->Record(fault, answer.id);
  issue::Series* const series = series_.get();
  const bool offline = settings_.scenario == TestScenario::Offline;
  const uint64_t place = track::PlaceOf(answer.id);
  if (!series->slots.Complete(place, series->SinceStart(now_ns))) {
    return journal_->Record(Fault::kCompletedTwice, answer.id);
  }
  completed->Add(1);
  if (series->slots.tokens()) {
    fault = TokenFault(series->slots, place, answer.n_tokens, offline);
    if (fault != Fault::kNone) journal_->Record(fault, answer.id);
    const bool is_count = answer.n_tokens >= 0 && answer.n_tokens <= track::kMostTokens;
    series->slots.SetTokenCount(place, is_count ? answer.n_tokens : 0);
  }
  if (!Logged(place)) return;
  QuerySampleResponse logged = answer;
  CallBack(response_cb, &logged, raised);
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

// The first responses, up to one that CompleteSlowly has more to do about. Returns how many.
template <typename Response>
size_t Run::CompleteQuickly(size_t count, Response response, int64_t now_ns) noexcept {
  if (series_ == nullptr || series_->log_all_responses) return 0;
  const bool offline = settings_.scenario == TestScenario::Offline;
  const bool some_are_logged = !series_->logged_responses.empty();
  const int64_t at_ns = series_->SinceStart(now_ns);
  track::Slots& slots = series_->slots;
  const bool tokens = slots.tokens();
  size_t done = 0;
  for (; done < count; ++done) {
    auto&& answer = response(done);
    if (FindIn(slots, answer.id, at_ns) != Fault::kNone) break;
    const uint64_t place = track::PlaceOf(answer.id);
    if (some_are_logged && Logged(place)) break;
    if (tokens && TokenFault(slots, place, answer.n_tokens, offline) != Fault::kNone) break;
    if (!slots.Complete(place, at_ns)) break;
    if (tokens) slots.SetTokenCount(place, answer.n_tokens);
  }
  return done;
}

template <typename Response>
void Run::Complete(size_t count, Response response, const ResponseCallback& response_cb) {
  const int64_t now_ns = clock_.NowNs();
  const size_t done = CompleteQuickly(count, response, now_ns);
  if (done < count) return CompleteRest(done, count, response, now_ns, response_cb);
  NoteCall(now_ns);
  // Last: once the count is full, the issuing thread goes on.
  if (done != 0) series_->gate.Add(done);
}

// From the response `begin` on, which is one for CompleteSlowly.
template <typename Response>
void Run::CompleteRest(size_t begin, size_t count, Response response, int64_t now_ns,
                       const ResponseCallback& response_cb) {
  issue::Series* const series = series_.get();
  Count completed(series != nullptr ? &series->gate : nullptr);
  completed.Add(begin);
  std::exception_ptr raised;
  for (size_t i = begin; i < count; ++i) {
    CompleteSlowly(response(i), now_ns, response_cb, &completed, &raised);
  }
  NoteCall(now_ns);
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

template <typename Response>
size_t Run::CompleteWithoutWaiting(size_t count, Response response) noexcept {
  if (series_ == nullptr || series_->gate.LetsGo(count)) return 0;
  const int64_t now_ns = clock_.NowNs();
  const size_t done = CompleteQuickly(count, response, now_ns);
  if (done == 0) return 0;
  NoteCall(now_ns);
  series_->gate.Add(done);
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

void Run::YieldToIssuer() const noexcept {
  if (series_ == nullptr || base::ThreadId() == thread_) return;
  const track::Gate& gate = series_->gate;
  const uint64_t reached = gate.Awaited();
  if (gate.Count() < reached) return;
  const int64_t give_up_ns = clock_.NowNs() + kYieldNs;
  while (gate.Awaited() == reached && clock_.NowNs() < give_up_ns) base::CpuRelax();
}

}  // namespace mlperf::run

namespace mlperf {
namespace {

using run::CurrentRun;
using run::Run;
using run::Takers;

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

// Whether the test of this copy of the library takes them; `give` hands them over.
template <typename Give>
inline bool TakenHere(Give give) {
  const base::Door<Run>::Visit visit(CurrentRun());
  if (visit) give(*visit);
  return static_cast<bool>(visit);
}

inline bool CompleteHere(QuerySampleResponse* responses, size_t count,
                         const ResponseCallback& response_cb) {
  return TakenHere([&](Run& run) { run.Complete(count, FromObjects(responses), response_cb); });
}

inline bool FirstTokensHere(QuerySampleResponse* responses, size_t count,
                            const ResponseCallback& response_cb) {
  return TakenHere([&](Run& run) { run.FirstTokens(count, FromObjects(responses), response_cb); });
}

inline bool CompleteHere(const ResponseSpan& responses) {
  return TakenHere([&](Run& run) { run.Complete(responses.size, FromArrays(responses), {}); });
}

inline bool FirstTokensHere(const ResponseSpan& responses) {
  return TakenHere([&](Run& run) { run.FirstTokens(responses.size, FromArrays(responses), {}); });
}

ResponseCallback FromOtherCopy(Takers::Fetch fetch, void* context) {
  if (fetch == nullptr) return {};
  return [fetch, context](QuerySampleResponse* response) { fetch(context, response); };
}

// For those that this copy did not take.
bool TakenElsewhere(Takers::TakeObjects Takers::* take, QuerySampleResponse* responses,
                    size_t count, const ResponseCallback& response_cb) {
  const Takers* const other = run::TakersElsewhere();
  if (other == nullptr) return false;
  const auto fetch = [](void* context, QuerySampleResponse* response) {
    (*static_cast<ResponseCallback*>(context))(response);
  };
  ResponseCallback callback = response_cb;
  return (other->*take)(responses, count, callback ? +fetch : nullptr, &callback);
}

bool TakenElsewhere(Takers::TakeArrays Takers::* take, const ResponseSpan& responses) {
  const Takers* const other = run::TakersElsewhere();
  return other != nullptr && (other->*take)(responses);
}

inline bool Complete(QuerySampleResponse* responses, size_t count,
                     const ResponseCallback& response_cb) {
  return CompleteHere(responses, count, response_cb) ||
         TakenElsewhere(&Takers::complete, responses, count, response_cb);
}

inline bool FirstTokens(QuerySampleResponse* responses, size_t count,
                        const ResponseCallback& response_cb) {
  return FirstTokensHere(responses, count, response_cb) ||
         TakenElsewhere(&Takers::first_tokens, responses, count, response_cb);
}

inline bool Complete(const ResponseSpan& responses) {
  return CompleteHere(responses) || TakenElsewhere(&Takers::complete_arrays, responses);
}

inline bool FirstTokens(const ResponseSpan& responses) {
  return FirstTokensHere(responses) || TakenElsewhere(&Takers::first_tokens_arrays, responses);
}

ResponseId FirstId(const QuerySampleResponse* responses, size_t) { return responses->id; }

ResponseId FirstId(const ResponseSpan& responses) { return FromArrays(responses)(0).id; }

size_t Size(const QuerySampleResponse*, size_t count) { return count; }

size_t Size(const ResponseSpan& responses) { return responses.size; }

// On a thread of the SUT, where nobody may be there to catch: `take()` says whether a test took the
// responses.
template <typename Take, typename... Responses>
inline void Contain(Take take, const Responses&... responses) {
  try {
    if (take()) return;
  } catch (const base::ThreadEnds&) {
    throw;
  } catch (...) {
    return FailTest(base::Caught());
  }
  if (Size(responses...) != 0) run::CountLate(Size(responses...), FirstId(responses...));
}

void RequireTaken(bool taken) {
  if (!taken) throw StateError("samples were completed while no test is running");
}

}  // namespace

// Addresses only.  NOLINTNEXTLINE(bugprone-throwing-static-initialization)
constinit const Takers run::kTakers{
    [](QuerySampleResponse* responses, size_t count, Takers::Fetch fetch, void* context) {
      return CompleteHere(responses, count, FromOtherCopy(fetch, context));
    },
    [](QuerySampleResponse* responses, size_t count, Takers::Fetch fetch, void* context) {
      return FirstTokensHere(responses, count, FromOtherCopy(fetch, context));
    },
    [](const ResponseSpan& responses) { return CompleteHere(responses); },
    [](const ResponseSpan& responses) { return FirstTokensHere(responses); },
};

void QuerySamplesComplete(QuerySampleResponse* responses, size_t response_count,
                          const ResponseCallback& response_cb) {
  Contain([&] { return Complete(responses, response_count, response_cb); }, responses,
          response_count);
}

void FirstTokenComplete(QuerySampleResponse* responses, size_t response_count,
                        const ResponseCallback& response_cb) {
  Contain([&] { return FirstTokens(responses, response_count, response_cb); }, responses,
          response_count);
}

void checked::QuerySamplesComplete(QuerySampleResponse* responses, size_t response_count,
                                   const ResponseCallback& response_cb) {
  RequireTaken(Complete(responses, response_count, response_cb));
}

void checked::FirstTokenComplete(QuerySampleResponse* responses, size_t response_count,
                                 const ResponseCallback& response_cb) {
  RequireTaken(FirstTokens(responses, response_count, response_cb));
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

void YieldToIssuer() noexcept {
  if (const base::Door<Run>::Visit visit(CurrentRun(), std::try_to_lock); visit) {
    visit->YieldToIssuer();
  }
}

void CompleteSamples(const ResponseSpan& responses) {
  Contain([&] { return Complete(responses); }, responses);
}

void CompleteFirstTokens(const ResponseSpan& responses) {
  Contain([&] { return FirstTokens(responses); }, responses);
}

void checked::CompleteSamples(const ResponseSpan& responses) { RequireTaken(Complete(responses)); }

void checked::CompleteFirstTokens(const ResponseSpan& responses) {
  RequireTaken(FirstTokens(responses));
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
