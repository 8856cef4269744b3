// Runs a test inside a program that has its own event loop, interpreter or lock, such as the Python
// module: hooks into the test, completions that never wait, registered threads that poll, and an
// orderly end of the process. A SUT and its main program need loadgen.h only.

#ifndef MLPERF_LOADGEN_EMBEDDING_H_
#define MLPERF_LOADGEN_EMBEDDING_H_

#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <string>

#include "api.h"
#include "cxx17.h"
#include "loadgen.h"

namespace mlperf {

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

// As RunTest of loadgen.h. `failure`: when given, receives what would be thrown after the test has
// begun, so that the caller gets the report of what was measured up to then as well.
MLPERF_LOADGEN_API Report RunTest(SystemUnderTest* sut, QuerySampleLibrary* qsl,
                                  const TestSettings& requested_settings,
                                  const LogSettings& log_settings,
                                  const std::string& audit_config_filename, const Hooks& hooks,
                                  std::exception_ptr* failure = nullptr);

// Makes the test that is running, if any, call Hooks::poll soon. Any thread.
MLPERF_LOADGEN_API void RequestPoll();

// As RegisterIssueQueryThread, with `poll`, which is called on this thread now and then; what it
// throws comes out of here, or of StartTest if a test has counted on the thread.
MLPERF_LOADGEN_API void ServeAsIssueThread(const std::function<void()>& poll);

// For a process that is about to end: aborts the test that is running, if any, and waits until its
// log files are closed, `patience_seconds` at most; every later test throws StateError. Returns
// whether no test is left. Any thread but those that a test is waiting for.
MLPERF_LOADGEN_API bool EndTests(double patience_seconds);

// Completes the first of `responses`, up to one whose completion may have to wait for something: a
// log that takes its bytes or a fault, a test that begins or ends. None of them when that would let
// the issuing thread go on, as long as that spins. Returns how many; the rest, and what is wrong
// with it, is for QuerySamplesComplete. For callers that hold a lock. Any thread.
MLPERF_LOADGEN_API size_t CompleteWithoutWaiting(const QuerySampleResponse* responses,
                                                 size_t response_count) noexcept;
MLPERF_LOADGEN_API size_t FirstTokenWithoutWaiting(const QuerySampleResponse* responses,
                                                   size_t response_count) noexcept;
// The same for responses as arrays.
MLPERF_LOADGEN_API size_t CompleteSamplesWithoutWaiting(const ResponseSpan& responses) noexcept;
MLPERF_LOADGEN_API size_t CompleteFirstTokensWithoutWaiting(const ResponseSpan& responses) noexcept;

// Leaves the next moment to the issuing thread, if that has just been let go on by completions:
// spins until it waits for more, 5 us at most. For callers that let go of a lock to complete
// samples, and want it back: IssueQuery of their SUT takes it too, and who comes second sleeps
// until the other leaves. Any thread; on the issuing one it returns at once.
MLPERF_LOADGEN_API void YieldToIssuer() noexcept;

}  // namespace mlperf

#endif  // MLPERF_LOADGEN_EMBEDDING_H_
