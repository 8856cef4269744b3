// Defines the completion calls of loadgen.h: each takes its responses to the test that runs, in
// this copy of the library or another.

#include "base/caught.h"
#include "mlperf_loadgen/loadgen.h"
#include "run/completion_calls.h"
#include "run/copies.h"
#include "run/late.h"

namespace mlperf {
namespace {

using run::CompleteElsewhere;
using run::CompleteHere;
using run::FirstTokensElsewhere;
using run::FirstTokensHere;

inline bool Complete(QuerySampleResponse* responses, size_t count,
                     const ResponseCallback& response_cb) {
  return CompleteHere(responses, count, response_cb) ||
         CompleteElsewhere(responses, count, response_cb);
}

inline bool FirstTokens(QuerySampleResponse* responses, size_t count,
                        const ResponseCallback& response_cb) {
  return FirstTokensHere(responses, count, response_cb) ||
         FirstTokensElsewhere(responses, count, response_cb);
}

inline bool Complete(const ResponseSpan& responses) {
  return CompleteHere(responses) || CompleteElsewhere(responses);
}

inline bool FirstTokens(const ResponseSpan& responses) {
  return FirstTokensHere(responses) || FirstTokensElsewhere(responses);
}

ResponseId FirstId(const QuerySampleResponse* responses, size_t) { return responses->id; }

ResponseId FirstId(const ResponseSpan& responses) { return run::FromArrays(responses)(0).id; }

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

}  // namespace mlperf
