// mlperf_loadgen_complete and its kin. Nothing is built or copied for a sample.

#include "c/handles.h"
#include "c/status.h"
#include "mlperf_loadgen/loadgen.h"

namespace mlperf::c {
namespace {

// A list of responses is handed on as it is.
using Given = mlperf_loadgen_response;
static_assert(sizeof(Given) == sizeof(QuerySampleResponse));
static_assert(offsetof(Given, id) == offsetof(QuerySampleResponse, id));
static_assert(offsetof(Given, data) == offsetof(QuerySampleResponse, data));
static_assert(offsetof(Given, size) == offsetof(QuerySampleResponse, size));
static_assert(offsetof(Given, n_tokens) == offsetof(QuerySampleResponse, n_tokens));

// Small enough for a std::function to hold without an allocation.
struct Fetch {
  mlperf_loadgen_response_fn callback;
  void* user;

  void operator()(QuerySampleResponse* response) const {
    CheckedCall("response callback", "the SUT",
                [&] { return callback(user, reinterpret_cast<Given*>(response)); });
  }
};

using Complete = void (*)(QuerySampleResponse*, size_t, const ResponseCallback&);

template <Complete complete>
mlperf_loadgen_status CompleteGuarded(const Given* responses, size_t count,
                                      mlperf_loadgen_response_fn fetch, void* user) {
  return Guarded([&] {
    if (count != 0) RequireNotNull(responses, "responses");
    ResponseCallback callback;
    if (fetch != nullptr) callback = Fetch{fetch, user};
    // Only a copy is changed, by `fetch`.
    complete(reinterpret_cast<QuerySampleResponse*>(const_cast<Given*>(responses)), count,
             callback);
  });
}

}  // namespace
}  // namespace mlperf::c

using namespace mlperf::c;

mlperf_loadgen_status mlperf_loadgen_complete(const mlperf_loadgen_response* responses,
                                              size_t count, mlperf_loadgen_response_fn fetch,
                                              void* user) {
  return CompleteGuarded<&mlperf::checked::QuerySamplesComplete>(responses, count, fetch, user);
}

mlperf_loadgen_status mlperf_loadgen_first_token(const mlperf_loadgen_response* responses,
                                                 size_t count, mlperf_loadgen_response_fn fetch,
                                                 void* user) {
  return CompleteGuarded<&mlperf::checked::FirstTokenComplete>(responses, count, fetch, user);
}

mlperf_loadgen_status mlperf_loadgen_complete_rows(const uintptr_t* ids, size_t count,
                                                   const void* rows, size_t row_bytes,
                                                   const int64_t* n_tokens) {
  return Guarded([&] {
    if (count != 0) RequireNotNull(ids, "ids");
    mlperf::ResponseSpan span;
    span.size = count;
    span.ids = ids;
    span.rows = rows;
    span.row_bytes = row_bytes;
    span.n_tokens = n_tokens;
    mlperf::checked::CompleteSamples(span);
  });
}
