/* Settings by name. */

#include <stdlib.h>

#include "check.h"

static mlperf_loadgen_settings* settings;

static void CheckGet(const char* name, const char* expected) {
  const char* value = NULL;
  CHECK_OK(mlperf_loadgen_settings_get(settings, name, &value));
  if (!CHECK(value != NULL && strcmp(value, expected) == 0)) fprintf(stderr, "%s\n", name);
}

static void CheckRoundTrip(const char* name, const char* text, const char* expected) {
  CHECK_OK(mlperf_loadgen_settings_set(settings, name, text));
  CheckGet(name, expected);
}

static void EveryKindOfValue(void) {
  CheckGet("scenario", "SingleStream");
  CheckGet("outdir", ".");
  CheckGet("audit_config", "audit.config");
  CheckRoundTrip("scenario", "MultiStreamFixedInterval", "MultiStreamFixedInterval");
  CheckRoundTrip("mode", "AccuracyOnly", "AccuracyOnly");
  CheckRoundTrip("server_target_qps", "1000", "1000");
  CheckRoundTrip("server_target_qps", "0.1", "0.1");
  CheckRoundTrip("server_target_qps", "1e300", "1e+300");
  CheckRoundTrip("server_target_qps", "123456.789012345", "123456.789012345");
  CheckRoundTrip("qsl_rng_seed", "18446744073709551615", "18446744073709551615");
  CheckRoundTrip("server_spin_us", "-1", "-1");
  CheckRoundTrip("ttft_latency", "7", "7");
  CheckRoundTrip("server_coalesce_queries", "1", "true");
  CheckRoundTrip("server_coalesce_queries", "false", "false");
  CheckRoundTrip("rules", "v0.7", "v0.7");
  CheckRoundTrip("outdir", "some/folder", "some/folder");
  CheckRoundTrip("prefix", "my_", "my_");
  CheckRoundTrip("suffix", "_1", "_1");
  CheckRoundTrip("prefix_with_datetime", "true", "true");
  CheckRoundTrip("copy_detail_to_stdout", "true", "true");
  CheckRoundTrip("copy_summary_to_stdout", "true", "true");
  CheckRoundTrip("write_files", "0", "false");
  CheckRoundTrip("enable_trace", "true", "true");
  CheckRoundTrip("audit_config", "", "");
}

static void UnknownKeyWarnings(void) {
  static const char* const mistakes[][3] = {
      {"server_target_qps", "fast", "server_target_qps = 'fast': must be a number"},
      {"server_target_qps", "1 ", "must be a number"},
      {"server_target_qps", "", "must be a number"},
      {"min_query_count", "-1", "must be a whole number, at least 0"},
      {"min_query_count", "1.5", "must be a whole number"},
      {"min_query_count", "18446744073709551616", "must be a whole number"},
      {"server_spin_us", "x", "must be a whole number"},
      {"test05", "yes", "must be true or false"},
      {"scenario", "server", "must be SingleStream, MultiStream, Server"},
      {"mode", "Fast", "must be SubmissionRun, AccuracyOnly"},
      {"server_traget_qps", "1", "the nearest known is 'server_target_qps'"},
      {"write_file", "1", "the nearest known is 'write_files'"},
      {"", "1", "no setting is called ''"},
  };
  for (size_t i = 0; i < sizeof(mistakes) / sizeof(mistakes[0]); ++i) {
    CHECK_FAILS(mlperf_loadgen_settings_set(settings, mistakes[i][0], mistakes[i][1]),
                MLPERF_LOADGEN_INVALID, mistakes[i][2]);
  }
  const char* value = "";
  CHECK_FAILS(mlperf_loadgen_settings_get(settings, "speed", &value), MLPERF_LOADGEN_INVALID,
              "no setting is called 'speed'");
  CHECK(value == NULL);
}

static void Write(const char* path, const char* text) {
  FILE* const file = fopen(path, "w");
  if (CHECK(file != NULL)) {
    fputs(text, file);
    fclose(file);
  }
}

static void Configs(void) {
  static const char path[] = "settings_test.conf";
  CHECK_OK(mlperf_loadgen_settings_set(settings, "rules", "v6.1"));
  CHECK_OK(mlperf_loadgen_settings_set(settings, "scenario", "Offline"));
  CHECK_OK(mlperf_loadgen_settings_from_config(settings, NULL, "resnet50"));
  CheckGet("min_duration_ms", "600000");

  Write(path, "*.Offline.target_qps = 12.5\n");
  CHECK_OK(mlperf_loadgen_settings_from_config(settings, path, "resnet50"));
  CheckGet("offline_expected_qps", "12.5");

  Write(path, "*.Offline.target_qps = many\n");
  CHECK_FAILS(mlperf_loadgen_settings_from_config(settings, path, "resnet50"),
              MLPERF_LOADGEN_INVALID, "settings_test.conf: value needs to be integer or double");
  remove(path);
  CHECK_FAILS(mlperf_loadgen_settings_from_config(settings, path, "resnet50"),
              MLPERF_LOADGEN_INVALID, "can't open file");
  CHECK_OK(mlperf_loadgen_settings_set(settings, "rules", "v99"));
  CHECK_FAILS(mlperf_loadgen_settings_from_config(settings, NULL, "resnet50"),
              MLPERF_LOADGEN_INVALID, "v6.1");
}

int main(void) {
  CHECK_OK(mlperf_loadgen_settings_create(&settings));
  EveryKindOfValue();
  UnknownKeyWarnings();
  Configs();
  CHECK_OK(mlperf_loadgen_settings_destroy(settings));
  return failures != 0;
}
