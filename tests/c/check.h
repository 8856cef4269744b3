/* What the C tests share: checks that count, and the shortest SUT. */

#ifndef MLPERF_LOADGEN_TESTS_C_CHECK_H_
#define MLPERF_LOADGEN_TESTS_C_CHECK_H_

#include <stdio.h>
#include <string.h>

#include "mlperf_loadgen.h"

static int failures = 0;

static int Check(int holds, const char* file, int line, const char* what) {
  if (!holds) {
    ++failures;
    fprintf(stderr, "%s:%d: %s (last error: %s)\n", file, line, what, mlperf_loadgen_last_error());
  }
  return holds;
}

#define CHECK(condition) Check(condition, __FILE__, __LINE__, #condition)
#define CHECK_OK(call) CHECK((call) == MLPERF_LOADGEN_OK)
/* The call fails with this status, and says so with a text that holds `part`. */
#define CHECK_FAILS(call, status, part) \
  (CHECK((call) == (status)), CHECK(strstr(mlperf_loadgen_last_error(), part) != NULL))

#define UNUSED(parameter) ((void)(parameter))

/* Completes at once. */
static int32_t Answer(void* user, const mlperf_loadgen_sample* samples, size_t count) {
  UNUSED(user);
  for (size_t i = 0; i < count; ++i) {
    const mlperf_loadgen_response response = {samples[i].id, 0, 0, 2};
    const mlperf_loadgen_status status = mlperf_loadgen_complete(&response, 1, NULL, NULL);
    if (status != MLPERF_LOADGEN_OK) return status;
  }
  return 0;
}

/* A short test without log files. */
static mlperf_loadgen_settings* ShortSettings(const char* scenario) {
  mlperf_loadgen_settings* settings = NULL;
  CHECK_OK(mlperf_loadgen_settings_create(&settings));
  CHECK_OK(mlperf_loadgen_settings_set(settings, "scenario", scenario));
  CHECK_OK(mlperf_loadgen_settings_set(settings, "min_duration_ms", "0"));
  CHECK_OK(mlperf_loadgen_settings_set(settings, "min_query_count", "5"));
  CHECK_OK(mlperf_loadgen_settings_set(settings, "server_target_qps", "1e6"));
  CHECK_OK(mlperf_loadgen_settings_set(settings, "server_spin_us", "0"));
  CHECK_OK(mlperf_loadgen_settings_set(settings, "write_files", "false"));
  CHECK_OK(mlperf_loadgen_settings_set(settings, "audit_config", ""));
  return settings;
}

static mlperf_loadgen_sut* Sut(mlperf_loadgen_issue_fn issue, void* user) {
  mlperf_loadgen_sut* sut = NULL;
  CHECK_OK(mlperf_loadgen_sut_create("C SUT", issue, NULL, user, &sut));
  return sut;
}

static mlperf_loadgen_qsl* Qsl(void) {
  mlperf_loadgen_qsl* qsl = NULL;
  CHECK_OK(mlperf_loadgen_qsl_create("C QSL", 16, 8, NULL, NULL, NULL, &qsl));
  return qsl;
}

static void Destroy(mlperf_loadgen_sut* sut, mlperf_loadgen_qsl* qsl,
                    mlperf_loadgen_settings* settings, mlperf_loadgen_report* report) {
  CHECK_OK(mlperf_loadgen_sut_destroy(sut));
  CHECK_OK(mlperf_loadgen_qsl_destroy(qsl));
  CHECK_OK(mlperf_loadgen_settings_destroy(settings));
  CHECK_OK(mlperf_loadgen_report_destroy(report));
}

#endif
