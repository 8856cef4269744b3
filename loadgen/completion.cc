// The completion calls of loadgen.h: each takes its responses to the test that runs, in this copy
// of the library or another.

#include "base/caught.h"
#include "run/completion.h"
#include "run/copies.h"
#include "run/current.h"
#include "run/late.h"

namespace mlperf {
namespace {

using run::CurrentSession;
using run::Session;
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
  const base::GuardedPtr<Session>::Access access(CurrentSession());
  if (access) give(*access);
  return static_cast<bool>(access);
}

inline bool CompleteHere(QuerySampleResponse* responses, size_t count,
                         const ResponseCallback& response_cb) {
  return TakenHere(
      [&](Session& session) { session.Complete(count, FromObjects(responses), response_cb); });
}

inline bool FirstTokensHere(QuerySampleResponse* responses, size_t count,
                            const ResponseCallback& response_cb) {
  return TakenHere(
      [&](Session& session) { session.FirstTokens(count, FromObjects(responses), response_cb); });
}

inline bool CompleteHere(const ResponseSpan& responses) {
  return TakenHere(
      [&](Session& session) { session.Complete(responses.size, FromArrays(responses), {}); });
}

inline bool FirstTokensHere(const ResponseSpan& responses) {
  return TakenHere(
      [&](Session& session) { session.FirstTokens(responses.size, FromArrays(responses), {}); });
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
  const base::GuardedPtr<Session>::Access access(CurrentSession(), std::try_to_lock);
  return access ? access->CompleteWithoutWaiting(response_count, FromObjects(responses)) : 0;
}

size_t FirstTokenWithoutWaiting(const QuerySampleResponse* responses,
                                size_t response_count) noexcept {
  const base::GuardedPtr<Session>::Access access(CurrentSession(), std::try_to_lock);
  return access ? access->FirstTokensWithoutWaiting(response_count, FromObjects(responses)) : 0;
}

void YieldToIssuer() noexcept {
  if (const base::GuardedPtr<Session>::Access access(CurrentSession(), std::try_to_lock); access) {
    access->YieldToIssuer();
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
  const base::GuardedPtr<Session>::Access access(CurrentSession(), std::try_to_lock);
  return access ? access->CompleteWithoutWaiting(responses.size, FromArrays(responses)) : 0;
}

size_t CompleteFirstTokensWithoutWaiting(const ResponseSpan& responses) noexcept {
  const base::GuardedPtr<Session>::Access access(CurrentSession(), std::try_to_lock);
  return access ? access->FirstTokensWithoutWaiting(responses.size, FromArrays(responses)) : 0;
}

}  // namespace mlperf
