#include "mlperf_loadgen/loadgen.h"

#include <utility>

#include "mlperf_loadgen/embedding.h"
#include "mlperf_loadgen/query_times.h"
#include "run/current.h"
#include "run/issue_threads.h"
#include "run/session.h"

namespace mlperf {

void StartTest(SystemUnderTest* sut, QuerySampleLibrary* qsl,
               const TestSettings& requested_settings, const LogSettings& log_settings,
               const std::string& audit_config_filename) {
  RunTest(sut, qsl, requested_settings, log_settings, audit_config_filename);
}

Report RunTest(SystemUnderTest* sut, QuerySampleLibrary* qsl,
               const TestSettings& requested_settings, const LogSettings& log_settings,
               const std::string& audit_config_filename) {
  return RunTest(sut, qsl, requested_settings, log_settings, audit_config_filename, Hooks());
}

void AbortTest() {
  run::RequestEnd(run::EndRequest::kAbort);
  run::ReleaseIssueThreads();
}

void FailTest(std::exception_ptr why) {
  run::RequestEnd(std::move(why));
  run::ReleaseIssueThreads();
}

void RegisterIssueQueryThread() { run::ServeAsIssueThread({}); }

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
