// Runs a test and takes completions: the functions that a SUT and its main program call. What a
// program with an event loop, an interpreter or a lock of its own needs besides is in embedding.h.

#ifndef MLPERF_LOADGEN_LOADGEN_H_
#define MLPERF_LOADGEN_LOADGEN_H_

#include <cstddef>
#include <cstdint>
#include <exception>
#include <string>

#include "api.h"
#include "cxx17.h"
#include "errors.h"
#include "progress.h"
#include "query_count.h"
#include "query_sample.h"
#include "query_sample_library.h"
#include "report.h"
#include "system_under_test.h"
#include "test_settings.h"

namespace mlperf {

// Runs a whole test on the calling thread and writes its log files. Both objects stay the caller's.
// `audit_config_filename`: a compliance test's settings, applied on top when such a file exists.
// Throws SettingsError, OutputError or StateError before anything runs; afterwards whatever the SUT
// or the library threw, IncompleteError, or OutputError. The log files are complete then too, and
// say what happened. One test runs at a time in a process; a second one throws StateError. A forked
// child may run tests of its own; a callback that returns in such a child ends the copy of the call
// there, with StateError, while the test goes on in the parent.
MLPERF_LOADGEN_API void StartTest(SystemUnderTest* sut, QuerySampleLibrary* qsl,
                                  const TestSettings& requested_settings,
                                  const LogSettings& log_settings,
                                  const std::string& audit_config_filename = "audit.config");

// As StartTest, and returns what it found.
MLPERF_LOADGEN_API Report RunTest(SystemUnderTest* sut, QuerySampleLibrary* qsl,
                                  const TestSettings& requested_settings,
                                  const LogSettings& log_settings,
                                  const std::string& audit_config_filename = "audit.config");

// Ends the test that is running, if any, soon: StartTest returns, and the report says that it is
// not complete. Any thread.
MLPERF_LOADGEN_API void AbortTest();
// The same, and StartTest throws `why`: for a thread of the SUT that cannot go on. What ended the
// test before stays what ended it. (Not an overload: programs hand AbortTest to a thread by name.)
MLPERF_LOADGEN_API void FailTest(std::exception_ptr why);

// Makes the calling thread issue queries of the running or next Server test that asks for such
// threads (TestSettings::server_num_issue_query_threads), and returns when a test is over, used or
// not; also after EndTests, and after AbortTest while no test runs. Any thread, before StartTest or
// up to 10 s after it began, except one that already takes part in a test, as inside IssueQuery:
// there it throws StateError. Of n such threads the k-th to come, from 0, calls IssueQuery with the
// queries k, k + n, k + 2n ... of every series of the test; FlushQueries stays with the thread that
// runs the test. A test for which not exactly n have registered ends with StateError before its
// first query. What IssueQuery throws on this thread ends the test and comes out of StartTest. One
// that does not return within two seconds of the end of the test is left behind, and the SUT has to
// live as long as that thread is inside. A child that is forked meanwhile knows of no such thread;
// in one that a callback here forks, what that threw comes out, else StateError.
MLPERF_LOADGEN_API void RegisterIssueQueryThread();

// Completes samples. Any thread, inside IssueQuery or later, samples of several queries mixed. The
// time of completion is that of entry. `response_cb` is called only for samples that go into the
// accuracy log; what it throws ends the test and comes out of StartTest. An id that cannot be
// completed is counted, logged, and makes the test invalid; the others of the same call are
// completed. Throws nothing: what comes while no test is running is counted, and said on standard
// error. The test may be one of another copy of the library in this process; see docs/embedding.md.
MLPERF_LOADGEN_API void QuerySamplesComplete(QuerySampleResponse* responses, size_t response_count,
                                             const ResponseCallback& response_cb = {});

// Reports the first token of samples, for the time to first token; before they are completed.
MLPERF_LOADGEN_API void FirstTokenComplete(QuerySampleResponse* responses, size_t response_count,
                                           const ResponseCallback& response_cb = {});

// Responses as arrays. Sample i has id `ids[i]`, or `first_id + i * id_stride` where `ids` is null.
// Its bytes are `sizes[i]` from `addresses[i]`, or, where `addresses` is null, row i of a table
// that starts at `rows` (null: no bytes). Its token count is `n_tokens[i]` (null: 0).
struct ResponseSpan {
  size_t size = 0;
  const ResponseId* ids = nullptr;
  ResponseId first_id = 0;
  size_t id_stride = 1;
  const void* rows = nullptr;
  size_t row_bytes = 0;
  const uintptr_t* addresses = nullptr;
  const size_t* sizes = nullptr;
  const int64_t* n_tokens = nullptr;
};

// As the two above; nothing is built for a sample.
MLPERF_LOADGEN_API void CompleteSamples(const ResponseSpan& responses);
MLPERF_LOADGEN_API void CompleteFirstTokens(const ResponseSpan& responses);

// The same for a caller who catches: they throw StateError when no test is running, and what
// `response_cb` threw, after which the test goes on and is invalid.
namespace checked {
MLPERF_LOADGEN_API void QuerySamplesComplete(QuerySampleResponse* responses, size_t response_count,
                                             const ResponseCallback& response_cb = {});
MLPERF_LOADGEN_API void FirstTokenComplete(QuerySampleResponse* responses, size_t response_count,
                                           const ResponseCallback& response_cb = {});
MLPERF_LOADGEN_API void CompleteSamples(const ResponseSpan& responses);
MLPERF_LOADGEN_API void CompleteFirstTokens(const ResponseSpan& responses);
}  // namespace checked

}  // namespace mlperf

#endif  // MLPERF_LOADGEN_LOADGEN_H_
