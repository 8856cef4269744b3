// Runs a test and takes completions: the functions that a SUT and its main program call.

#ifndef MLPERF_LOADGEN_LOADGEN_H_
#define MLPERF_LOADGEN_LOADGEN_H_

#include <cstdint>
#include <exception>
#include <functional>
#include <optional>
#include <string>

#include "api.h"
#include "cxx17.h"
#include "errors.h"
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

// How a test reaches the program around it.
struct Hooks {
  // Called on the thread that runs the test, at intervals while queries are out, and soon after
  // RequestPoll; what it throws ends the test and comes out.
  std::function<void()> poll;
  int64_t poll_interval_ms = 250;  // at least 1
  // Called once, on a thread of LoadGen's, when the test is to end but is held up in a callback of
  // the SUT (TestSettings::stall_timeout_ms). May make that callback throw.
  std::function<void()> interrupt;
  // The same where it is held up on threads registered with RegisterIssueQueryThread. A second
  // later the test ends without them.
  std::function<void()> interrupt_issuers;
  // Called before the first query that counts, unless an audit config was applied, with the wanted
  // settings; returns those of the test, of the same scenario, mode and number of issue threads.
  // May try the SUT: `preliminary` runs a performance series with other settings of that kind, of
  // which nothing is logged, and reports what it measured.
  std::function<TestSettings(const TestSettings& requested,
                             const std::function<Report(const TestSettings&)>& preliminary)>
      choose;
  // What stopped a test that ended with this exception, "Ctrl-C", where it was no error of the
  // program; else an empty text.
  std::function<std::string(const std::exception_ptr&)> who_stopped;
};

// As StartTest, and returns what it found. `failure`: when given, receives what would be thrown
// after the test has begun, so that the caller gets the report of what was measured up to then as
// well.
MLPERF_LOADGEN_API Report RunTest(SystemUnderTest* sut, QuerySampleLibrary* qsl,
                                  const TestSettings& requested_settings,
                                  const LogSettings& log_settings,
                                  const std::string& audit_config_filename = "audit.config",
                                  const Hooks& hooks = {}, std::exception_ptr* failure = nullptr);

// Makes the test that is running, if any, call Hooks::poll soon. Any thread.
MLPERF_LOADGEN_API void RequestPoll();

// Ends the test that is running, if any, soon: StartTest returns, and the report says that it is
// not complete. Any thread.
MLPERF_LOADGEN_API void AbortTest();
// The same, and StartTest throws `why`: for a thread of the SUT that cannot go on. What ended the
// test before stays what ended it. (No overload, here and below, of what programs hand to a thread
// by its name.)
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
// The same with `poll`, which is called on this thread now and then; what it throws comes out of
// here, or of StartTest if a test has counted on the thread.
MLPERF_LOADGEN_API void ServeAsIssueThread(const std::function<void()>& poll);

// For a process that is about to end: aborts the test that is running, if any, and waits until its
// log files are closed, `patience_seconds` at most; every later test throws StateError. Returns
// whether no test is left. Any thread but those that a test is waiting for.
MLPERF_LOADGEN_API bool EndTests(double patience_seconds);

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

// Completes the first of `responses`, up to one whose completion may have to wait for something: a
// log that takes its bytes or a fault, a test that begins or ends. None of them when that would let
// the issuing thread go on, as long as that spins. Returns how many; the rest, and what is wrong
// with it, is for QuerySamplesComplete. For callers that hold a lock. Any thread.
MLPERF_LOADGEN_API size_t CompleteWithoutWaiting(const QuerySampleResponse* responses,
                                                 size_t response_count) noexcept;
MLPERF_LOADGEN_API size_t FirstTokenWithoutWaiting(const QuerySampleResponse* responses,
                                                   size_t response_count) noexcept;

// Leaves the next moment to the issuing thread, if that has just been let go on by completions:
// spins until it waits for more, 5 us at most. For callers that let go of a lock to complete
// samples, and want it back: IssueQuery of their SUT takes it too, and who comes second sleeps
// until the other leaves. Any thread; on the issuing one it returns at once.
MLPERF_LOADGEN_API void YieldToIssuer() noexcept;

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

// As QuerySamplesComplete and the others above; nothing is built for a sample. The first two throw
// nothing either.
MLPERF_LOADGEN_API void CompleteSamples(const ResponseSpan& responses);
MLPERF_LOADGEN_API void CompleteFirstTokens(const ResponseSpan& responses);
MLPERF_LOADGEN_API size_t CompleteSamplesWithoutWaiting(const ResponseSpan& responses) noexcept;
MLPERF_LOADGEN_API size_t CompleteFirstTokensWithoutWaiting(const ResponseSpan& responses) noexcept;

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

// How far the present test is. Counts are of the series of queries that is running.
struct Progress {
  TestScenario scenario = TestScenario::SingleStream;
  bool accuracy = false;
  uint64_t series = 0;  // accuracy mode runs one for each set of samples that fits in memory
  uint64_t series_count = 1;
  double elapsed_seconds = 0;
  double expected_seconds = 0;  // 0: not known beforehand
  uint64_t queries_issued = 0;
  uint64_t queries_planned = 0;  // SingleStream and MultiStream plan more than they need
  uint64_t samples_issued = 0;
  uint64_t samples_completed = 0;
  uint64_t samples_planned = 0;
  double percentile = 0;   // the target percentile, a fraction
  int64_t latency_ns = 0;  // at that percentile, over an even selection of the samples so far
};

// Nothing when no queries are running. Any thread; reads counters that the test keeps anyway.
MLPERF_LOADGEN_API std::optional<Progress> CurrentProgress();

}  // namespace mlperf

#endif  // MLPERF_LOADGEN_LOADGEN_H_
