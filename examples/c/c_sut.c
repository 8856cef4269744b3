/* The shortest SUT in C: answers every sample at once. Runs an Offline test and prints its result;
 * ends with 0 if that is valid. */

#include <stdio.h>
#include <stdlib.h>

#include "mlperf_loadgen.h"

static void Check(mlperf_loadgen_status status) {
  if (status == MLPERF_LOADGEN_OK) return;
  fprintf(stderr, "%s\n", mlperf_loadgen_last_error());
  exit(1);
}

static int32_t Issue(void* user, const mlperf_loadgen_sample* samples, size_t count) {
  (void)user;
  for (size_t i = 0; i < count; ++i) {
    const mlperf_loadgen_response response = {samples[i].id, 0, 0, 0};
    const mlperf_loadgen_status status = mlperf_loadgen_complete(&response, 1, NULL, NULL);
    if (status != MLPERF_LOADGEN_OK) return status; /* ends the test */
  }
  return 0;
}

int main(void) {
  mlperf_loadgen_sut* sut = NULL;
  mlperf_loadgen_qsl* qsl = NULL;
  mlperf_loadgen_settings* settings = NULL;
  Check(mlperf_loadgen_sut_create("null SUT", Issue, NULL, NULL, &sut));
  Check(mlperf_loadgen_qsl_create("nothing", 1024, 1024, NULL, NULL, NULL, &qsl));
  Check(mlperf_loadgen_settings_create(&settings));
  Check(mlperf_loadgen_settings_set(settings, "scenario", "Offline"));
  Check(mlperf_loadgen_settings_set(settings, "min_query_count", "1000000")); /* here: samples */
  Check(mlperf_loadgen_settings_set(settings, "min_duration_ms", "0"));

  mlperf_loadgen_report* report = NULL;
  double result = 0;
  Check(mlperf_loadgen_run(sut, qsl, settings, &report));
  const int32_t valid = mlperf_loadgen_report_valid(report);
  Check(mlperf_loadgen_report_number(report, "result", &result));
  printf("%s: %.0f samples per second\n", valid ? "VALID" : "INVALID", result);

  Check(mlperf_loadgen_report_destroy(report));
  Check(mlperf_loadgen_settings_destroy(settings));
  Check(mlperf_loadgen_qsl_destroy(qsl));
  Check(mlperf_loadgen_sut_destroy(sut));
  return valid ? 0 : 1;
}
