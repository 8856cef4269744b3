#include "mlperf_loadgen/loadgen.h"

#include <memory>
#include <utility>

#include "base/clock.h"
#include "mlperf_loadgen/query_times.h"
#include "run/current.h"
#include "run/issue_threads.h"
#include "run/run.h"
#include "run/session.h"

namespace mlperf {
namespace {

// Where no test will come: threads that wait for one need not.
void ReleaseIdleThreads() {
  if (!run::RunUnderWay()) run::ReleaseIssueThreads();
}

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
    ReleaseIdleThreads();
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

void StartTest(SystemUnderTest* sut, QuerySampleLibrary* qsl,
               const TestSettings& requested_settings, const LogSettings& log_settings,
               const std::string& audit_config_filename) {
  RunTest(sut, qsl, requested_settings, log_settings, audit_config_filename);
}

void RequestPoll() { run::RequestPoll(); }

void AbortTest() {
  run::RequestEnd(run::EndRequest::kAbort);
  ReleaseIdleThreads();
}

void FailTest(std::exception_ptr why) {
  run::RequestEnd(std::move(why));
  ReleaseIdleThreads();
}

void RegisterIssueQueryThread() { run::ServeAsIssueThread({}); }

void ServeAsIssueThread(const std::function<void()>& poll) { run::ServeAsIssueThread(poll); }

bool EndTests(double patience_seconds) {
  return run::EndRuns(static_cast<int64_t>(patience_seconds * 1e9));
}

std::optional<Progress> CurrentProgress() {
  const base::GuardedPtr<run::Session>::Access access(run::CurrentSession(), std::try_to_lock);
  return access ? access->GetProgress() : std::nullopt;
}

std::optional<QueryTimes> TimesOf(ResponseId id) {
  const base::GuardedPtr<run::Session>::Access access(run::CurrentSession());
  return access ? access->TimesOf(id) : std::nullopt;
}

void ArraySystemUnderTest::IssueQuery(const std::vector<QuerySample>& samples) {
  for (const QuerySample& sample : samples) {
    SampleSpan span;
    span.first_id = sample.id;
    span.indices = &sample.index;
    span.size = 1;
    IssueSamples(span);
  }
}

}  // namespace mlperf
