// The values that cross between LoadGen and a system under test.

#ifndef MLPERF_LOADGEN_QUERY_SAMPLE_H_
#define MLPERF_LOADGEN_QUERY_SAMPLE_H_

#include <cstddef>
#include <cstdint>
#include <functional>

#include "cxx17.h"

namespace mlperf {

// Names one issued sample until it is completed. Opaque: never zero, never reused within a
// process, checked on the way back in. It is not an address.
using ResponseId = uintptr_t;

// A sample of the query sample library, 0 .. TotalSampleCount() - 1.
using QuerySampleIndex = size_t;

// Nanoseconds.
using QuerySampleLatency = int64_t;

// One sample of a query, as handed to SystemUnderTest::IssueQuery.
struct QuerySample {
  ResponseId id;           // give it back in QuerySampleResponse::id
  QuerySampleIndex index;  // which sample of the library to run
};

// The answer to one sample. `data` points at `size` bytes that stay the caller's; LoadGen reads
// them only until the completion call returns, and only when they go into the accuracy log.
struct QuerySampleResponse {
  QuerySampleResponse() = default;
  QuerySampleResponse(ResponseId id_, uintptr_t data_, size_t size_)
      : id(id_), data(data_), size(size_) {}
  QuerySampleResponse(ResponseId id_, uintptr_t data_, size_t size_, int64_t n_tokens_)
      : id(id_), data(data_), size(size_), n_tokens(n_tokens_) {}

  ResponseId id = 0;
  uintptr_t data = 0;    // address of the first byte
  size_t size = 0;       // bytes
  int64_t n_tokens = 0;  // tokens generated; read only with TestSettings::use_token_latencies
};

// Called for a response whose bytes go into the accuracy log, just before they are copied, so that
// a SUT can bring them to the host only when they are wanted. May change `data` and `size`.
using ResponseCallback = std::function<void(QuerySampleResponse*)>;

}  // namespace mlperf

#endif  // MLPERF_LOADGEN_QUERY_SAMPLE_H_
