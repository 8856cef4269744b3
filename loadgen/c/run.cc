// Defines mlperf_loadgen_run, what ends a test, issue threads, and mlperf_loadgen_version.

#include <exception>
#include <memory>

#include "c/objects.h"
#include "c/status.h"
#include "mlperf_loadgen/embedding.h"
#include "run/version.h"

using namespace mlperf::c;

mlperf_loadgen_status mlperf_loadgen_run(mlperf_loadgen_sut* sut, mlperf_loadgen_qsl* qsl,
                                         mlperf_loadgen_settings* settings,
                                         mlperf_loadgen_report** report) {
  return Guarded([&] {
    if (report != nullptr) *report = nullptr;
    // Shares of their own: a handle may be destroyed while the test runs.
    const std::shared_ptr<mlperf::SystemUnderTest> the_sut = Suts().Get(sut);
    const std::shared_ptr<mlperf::QuerySampleLibrary> the_qsl = Qsls().Get(qsl);
    const NamedSettings values = AllSettings().Get(settings)->values;
    const auto found = std::make_shared<ReportObject>();
    std::exception_ptr failure;
    found->report = mlperf::RunTest(the_sut.get(), the_qsl.get(), values.test(), values.logs(),
                                    values.audit_config(), {}, &failure);
    if (report != nullptr) *report = static_cast<mlperf_loadgen_report*>(Reports().Add(found));
    if (failure != nullptr) std::rethrow_exception(failure);
    if (!found->report.complete) throw AbortedError(found->report.end_reason);
  });
}

mlperf_loadgen_status mlperf_loadgen_abort(const char* why) {
  return Guarded([&] {
    if (why == nullptr) {
      mlperf::AbortTest();
    } else {
      mlperf::FailTest(std::make_exception_ptr(CallbackError(why)));
    }
  });
}

mlperf_loadgen_status mlperf_loadgen_register_issue_query_thread(void) {
  return Guarded([] { mlperf::RegisterIssueQueryThread(); });
}

const char* mlperf_loadgen_version(void) { return mlperf::run::Version(); }
