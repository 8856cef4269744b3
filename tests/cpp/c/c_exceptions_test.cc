// What C++ code behind the C header throws does not leave it, but becomes a status.

#include <cstdint>
#include <new>
#include <stdexcept>

#include "check.h"
#include "mlperf_loadgen/mlperf_loadgen.h"

namespace {

using Issue = mlperf_loadgen_issue_fn;

mlperf_loadgen_status Run(Issue issue) {
  mlperf_loadgen_sut* sut = nullptr;
  mlperf_loadgen_qsl* qsl = nullptr;
  mlperf_loadgen_settings* settings = nullptr;
  mlperf_loadgen_sut_create("SUT", issue, nullptr, nullptr, &sut);
  mlperf_loadgen_qsl_create("QSL", 4, 4, nullptr, nullptr, nullptr, &qsl);
  mlperf_loadgen_settings_create(&settings);
  mlperf_loadgen_settings_set(settings, "write_files", "false");
  const auto status = mlperf_loadgen_run(sut, qsl, settings, nullptr);
  mlperf_loadgen_sut_destroy(sut);
  mlperf_loadgen_qsl_destroy(qsl);
  mlperf_loadgen_settings_destroy(settings);
  return status;
}

TEST(memory_that_runs_out) {
  CHECK_EQ(
      Run([](void*, const mlperf_loadgen_sample*, size_t) -> int32_t { throw std::bad_alloc(); }),
      MLPERF_LOADGEN_OUT_OF_MEMORY);
  CHECK_EQ(std::string(mlperf_loadgen_last_error()), "out of memory");
}

TEST(another_exception) {
  CHECK_EQ(Run([](void*, const mlperf_loadgen_sample*, size_t) -> int32_t {
             throw std::logic_error("a bug");
           }),
           MLPERF_LOADGEN_INTERNAL);
  CHECK_EQ(std::string(mlperf_loadgen_last_error()), "a bug");
}

TEST(what_is_no_exception_class) {
  CHECK_EQ(Run([](void*, const mlperf_loadgen_sample*, size_t) -> int32_t { throw 1; }),
           MLPERF_LOADGEN_INTERNAL);
  CHECK_EQ(std::string(mlperf_loadgen_last_error()), "an exception that is not a std::exception");
}

}  // namespace
