#include "run/copies.h"

#include <atomic>
#include <cstddef>

#include "run/completion_calls.h"

namespace mlperf::run {
namespace {

// How a copy takes completions from another, which was perhaps built by another compiler: as
// functions of plain values. After a change here the symbol
// below has a new name.
struct Takers {
  // Calls a ResponseCallback of the other copy.
  using Fetch = void (*)(void* context, QuerySampleResponse* response);
  // False when this copy runs no test any more. `fetch` may be null; what it throws comes out.
  using TakeObjects = bool (*)(QuerySampleResponse* responses, size_t count, Fetch fetch,
                               void* context);
  using TakeArrays = bool (*)(const ResponseSpan& responses);

  TakeObjects complete;
  TakeObjects first_tokens;
  TakeArrays complete_arrays;
  TakeArrays first_tokens_arrays;
};

using Running = std::atomic<const Takers*>;
static_assert(sizeof(Running) == sizeof(void*) && Running::is_always_lock_free);

}  // namespace
}  // namespace mlperf::run

// Whose Takers run the test of the process. The loader takes a symbol of this kind for one and the
// same wherever it is defined, even in modules that are kept apart otherwise (RTLD_LOCAL), as those
// of Python are. Written for the assembler, because not every compiler has a way to say so.
#if defined(__ELF__) && defined(__GLIBC__)
asm(R"(
  .pushsection .data.mlperf_loadgen_running_v1, "aw"
  .type mlperf_loadgen_running_v1, %gnu_unique_object
  .balign 8
  .size mlperf_loadgen_running_v1, 8
mlperf_loadgen_running_v1:
  .quad 0
  .popsection
)");
static_assert(sizeof(void*) == 8);
extern "C" __attribute__((visibility("default"))) mlperf::run::Running mlperf_loadgen_running_v1;
#else
static mlperf::run::Running mlperf_loadgen_running_v1;
#endif

namespace mlperf::run {
namespace {

ResponseCallback FromOtherCopy(Takers::Fetch fetch, void* context) {
  if (fetch == nullptr) return {};
  return [fetch, context](QuerySampleResponse* response) { fetch(context, response); };
}

// Addresses only.  NOLINTNEXTLINE(bugprone-throwing-static-initialization)
constinit const Takers kTakers{
    [](QuerySampleResponse* responses, size_t count, Takers::Fetch fetch, void* context) {
      return CompleteHere(responses, count, FromOtherCopy(fetch, context));
    },
    [](QuerySampleResponse* responses, size_t count, Takers::Fetch fetch, void* context) {
      return FirstTokensHere(responses, count, FromOtherCopy(fetch, context));
    },
    [](const ResponseSpan& responses) { return CompleteHere(responses); },
    [](const ResponseSpan& responses) { return FirstTokensHere(responses); },
};

// Those of another copy, if that runs a test; else null.
const Takers* TakersElsewhere() {
  const Takers* const found = mlperf_loadgen_running_v1.load();
  return found == &kTakers ? nullptr : found;
}

bool TakenElsewhere(Takers::TakeObjects Takers::* take, QuerySampleResponse* responses,
                    size_t count, const ResponseCallback& response_cb) {
  const Takers* const other = TakersElsewhere();
  if (other == nullptr) return false;
  const auto fetch = [](void* context, QuerySampleResponse* response) {
    (*static_cast<ResponseCallback*>(context))(response);
  };
  ResponseCallback callback = response_cb;
  return (other->*take)(responses, count, callback ? +fetch : nullptr, &callback);
}

bool TakenElsewhere(Takers::TakeArrays Takers::* take, const ResponseSpan& responses) {
  const Takers* const other = TakersElsewhere();
  return other != nullptr && (other->*take)(responses);
}

}  // namespace

bool BecomeTheOneThatRuns() {
  const Takers* none = nullptr;
  return mlperf_loadgen_running_v1.compare_exchange_strong(none, &kTakers);
}

void StopBeingTheOneThatRuns() {
  const Takers* mine = &kTakers;
  mlperf_loadgen_running_v1.compare_exchange_strong(mine, nullptr);
}

bool CompleteElsewhere(QuerySampleResponse* responses, size_t count,
                       const ResponseCallback& response_cb) {
  return TakenElsewhere(&Takers::complete, responses, count, response_cb);
}

bool FirstTokensElsewhere(QuerySampleResponse* responses, size_t count,
                          const ResponseCallback& response_cb) {
  return TakenElsewhere(&Takers::first_tokens, responses, count, response_cb);
}

bool CompleteElsewhere(const ResponseSpan& responses) {
  return TakenElsewhere(&Takers::complete_arrays, responses);
}

bool FirstTokensElsewhere(const ResponseSpan& responses) {
  return TakenElsewhere(&Takers::first_tokens_arrays, responses);
}

}  // namespace mlperf::run
