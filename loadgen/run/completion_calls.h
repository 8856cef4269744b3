// Takes the responses of a completion call, objects or arrays, to the test that this copy of the
// library runs.

#ifndef MLPERF_LOADGEN_RUN_COMPLETION_CALLS_H_
#define MLPERF_LOADGEN_RUN_COMPLETION_CALLS_H_

#include <cstddef>
#include <cstdint>

#include "base/guarded_ptr.h"
#include "mlperf_loadgen/loadgen.h"
#include "run/completion.h"
#include "run/current.h"

namespace mlperf::run {

inline auto FromArrays(const ResponseSpan& span) {
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

inline auto FromObjects(const QuerySampleResponse* responses) {
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

}  // namespace mlperf::run

#endif  // MLPERF_LOADGEN_RUN_COMPLETION_CALLS_H_
