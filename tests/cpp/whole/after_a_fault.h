// What holds after whatever went wrong in a test.

#ifndef MLPERF_LOADGEN_TESTS_CPP_WHOLE_AFTER_A_FAULT_H_
#define MLPERF_LOADGEN_TESTS_CPP_WHOLE_AFTER_A_FAULT_H_

#include <string>
#include <vector>

#include "check.h"
#include "mlperf_loadgen/errors.h"
#include "rig.h"

// The next test of the process goes as if nothing had been.
inline void CheckNextTestWorks() {
  rig::Rig rig(mlperf::TestScenario::SingleStream);
  rig.settings.min_query_count = 70;
  const mlperf::Report report = rig.Run();
  CHECK_EQ(rig.Failure(), "");
  CHECK(report.valid);
  CHECK_EQ(report.error_count, 0u);
  CHECK_THROWS(mlperf::checked::CompleteSamples({}), mlperf::StateError, "no test is running");
}

// The run ended badly, and every file says so.
inline void CheckLabelled(const rig::Rig& rig, const mlperf::Report& report,
                          const std::string& reason) {
  CHECK(!report.complete);
  CHECK(!report.valid);
  CHECK(report.end_reason.find(reason) != std::string::npos);
  CHECK(report.error_count > 0);
  CHECK(rig.HasError(reason));
  CHECK(rig.Accuracy().ends_with("\n]\n"));
  if (report.has_performance) {
    CHECK(rig.Summary().find("Result is : INVALID\n") != std::string::npos);
    CHECK(rig.Summary().find(" * The test did not run to its end: ") != std::string::npos);
    CHECK(rig.Summary().find(reason) != std::string::npos);
    CHECK_EQ(rig.Values("result_validity"), std::vector<std::string>{"\"INVALID\""});
  }
  CHECK(rig.Summary().find("ERROR") != std::string::npos);
}

#endif  // MLPERF_LOADGEN_TESTS_CPP_WHOLE_AFTER_A_FAULT_H_
