// The functions by which a SUT without C++ classes of its own takes part: callbacks and handles.
// For C, and what calls C, see mlperf_loadgen.h.

#ifndef MLPERF_LOADGEN_C_API_H_
#define MLPERF_LOADGEN_C_API_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "api.h"
#include "cxx17.h"
#include "query_sample.h"
#include "test_settings.h"

namespace mlperf::c {

// Passed to the callbacks as it is.
using ClientData = uintptr_t;

// Called on the threads that SystemUnderTest and QuerySampleLibrary name; the arrays are valid
// during the call.
using IssueQueryCallback = void (*)(ClientData, const QuerySample*, size_t);
using FlushQueriesCallback = void (*)();
using LoadSamplesToRamCallback = void (*)(ClientData, const QuerySampleIndex*, size_t);
using UnloadSamplesFromRamCallback = void (*)(ClientData, const QuerySampleIndex*, size_t);
// See mlperf::ResponseCallback.
using ResponseCallback = void (*)(ClientData, QuerySampleResponse*);

// Return a handle, to be destroyed by the function below each. A null callback or name throws
// SettingsError. A handle that has been destroyed or never was one throws StateError wherever it is
// given, and a null one SettingsError. A handle may be destroyed while its test runs: the test
// keeps what it needs. Any thread.
MLPERF_LOADGEN_API void* ConstructSUT(ClientData client_data, const char* name, size_t name_length,
                                      IssueQueryCallback issue_cb, FlushQueriesCallback flush_cb);
MLPERF_LOADGEN_API void DestroySUT(void* sut);
MLPERF_LOADGEN_API void* ConstructQSL(ClientData client_data, const char* name, size_t name_length,
                                      size_t total_sample_count, size_t performance_sample_count,
                                      LoadSamplesToRamCallback load_samples_to_ram_cb,
                                      UnloadSamplesFromRamCallback unload_samples_from_ram_cb);
MLPERF_LOADGEN_API void DestroyQSL(void* qsl);

// mlperf::StartTest with the default LogSettings.
MLPERF_LOADGEN_API void StartTest(void* sut, void* qsl, const TestSettings& settings,
                                  const std::string& audit_config_filename = "audit.config");

// The functions of loadgen.h by the same names. Null responses, unless there are none, and a null
// callback end the test with SettingsError.
MLPERF_LOADGEN_API void QuerySamplesComplete(QuerySampleResponse* responses, size_t response_count);
MLPERF_LOADGEN_API void QuerySamplesCompleteResponseCb(QuerySampleResponse* responses,
                                                       size_t response_count,
                                                       ResponseCallback response_cb,
                                                       ClientData client_data);
MLPERF_LOADGEN_API void FirstTokenComplete(QuerySampleResponse* responses, size_t response_count);
MLPERF_LOADGEN_API void FirstTokenCompleteResponseCb(QuerySampleResponse* responses,
                                                     size_t response_count,
                                                     ResponseCallback response_cb,
                                                     ClientData client_data);
MLPERF_LOADGEN_API void RegisterIssueQueryThread();

}  // namespace mlperf::c

#endif  // MLPERF_LOADGEN_C_API_H_
