#include "mlperf_loadgen/embedding.h"

#include <memory>

#include "base/clock.h"
#include "run/completion_calls.h"
#include "run/current.h"
#include "run/issue_threads.h"
#include "run/run.h"
#include "run/session.h"

namespace mlperf {
namespace {

using run::CurrentSession;
using run::FromArrays;
using run::FromObjects;
using run::Session;

// A completing thread that never leaves keeps what it works on.
struct DeleteUnlessLeft {
  void operator()(run::Run* test) const {
    if (!test->left_behind()) delete test;
  }
};
using Test = std::unique_ptr<run::Run, DeleteUnlessLeft>;

Test MakeRun(SystemUnderTest* sut, QuerySampleLibrary* qsl, const TestSettings& requested_settings,
             const LogSettings& log_settings, const std::string& audit_config_filename,
             const Hooks& hooks) {
  if (sut == nullptr) throw SettingsError("sut: null; a SystemUnderTest is needed");
  if (qsl == nullptr) throw SettingsError("qsl: null; a QuerySampleLibrary is needed");
  static base::SteadyClock clock;
  return Test(new run::Run(*sut, *qsl, requested_settings, log_settings, audit_config_filename,
                           hooks, clock));
}

}  // namespace

Report RunTest(SystemUnderTest* sut, QuerySampleLibrary* qsl,
               const TestSettings& requested_settings, const LogSettings& log_settings,
               const std::string& audit_config_filename, const Hooks& hooks,
               std::exception_ptr* failure) {
  Test test;
  try {
    test = MakeRun(sut, qsl, requested_settings, log_settings, audit_config_filename, hooks);
  } catch (...) {
    run::ReleaseIssueThreads();
    throw;
  }
  std::exception_ptr failed;
  Report report = test->Execute(&failed);
  if (failure != nullptr) {
    *failure = failed;
  } else if (failed != nullptr) {
    std::rethrow_exception(failed);
  }
  return report;
}

void RequestPoll() { run::RequestPoll(); }

void ServeAsIssueThread(const std::function<void()>& poll) { run::ServeAsIssueThread(poll); }

bool EndTests(double patience_seconds) {
  return run::EndRuns(static_cast<int64_t>(patience_seconds * 1e9));
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

size_t CompleteSamplesWithoutWaiting(const ResponseSpan& responses) noexcept {
  const base::GuardedPtr<Session>::Access access(CurrentSession(), std::try_to_lock);
  return access ? access->CompleteWithoutWaiting(responses.size, FromArrays(responses)) : 0;
}

size_t CompleteFirstTokensWithoutWaiting(const ResponseSpan& responses) noexcept {
  const base::GuardedPtr<Session>::Access access(CurrentSession(), std::try_to_lock);
  return access ? access->FirstTokensWithoutWaiting(responses.size, FromArrays(responses)) : 0;
}

void YieldToIssuer() noexcept {
  if (const base::GuardedPtr<Session>::Access access(CurrentSession(), std::try_to_lock); access) {
    access->YieldToIssuer();
  }
}

}  // namespace mlperf
