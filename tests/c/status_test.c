/* Every status that a C program can be given, and the text that comes with it. Those that need a
 * C++ exception are in tests/cpp/c/c_exceptions_test.cc. */

#include "check.h"

static mlperf_loadgen_status Run(mlperf_loadgen_issue_fn issue, mlperf_loadgen_settings* settings) {
  mlperf_loadgen_sut* sut = Sut(issue, NULL);
  mlperf_loadgen_qsl* qsl = Qsl();
  mlperf_loadgen_report* report = NULL;
  const mlperf_loadgen_status status = mlperf_loadgen_run(sut, qsl, settings, &report);
  const char* complete = "";
  if (report != NULL) CHECK_OK(mlperf_loadgen_report_text(report, "complete", &complete));
  /* A report comes with every test that began. */
  const int began = status != MLPERF_LOADGEN_INVALID && status != MLPERF_LOADGEN_OUTPUT;
  CHECK((report != NULL) == began);
  if (began) CHECK(strcmp(complete, status == MLPERF_LOADGEN_OK ? "true" : "false") == 0);
  Destroy(sut, qsl, settings, report);
  return status;
}

static int32_t AnswerNothing(void* user, const mlperf_loadgen_sample* samples, size_t count) {
  UNUSED(user), UNUSED(samples), UNUSED(count);
  return 0;
}
static int32_t Return7(void* user, const mlperf_loadgen_sample* samples, size_t count) {
  UNUSED(user), UNUSED(samples), UNUSED(count);
  return 7;
}
static int32_t Fail(void* user, const mlperf_loadgen_sample* samples, size_t count) {
  UNUSED(user), UNUSED(samples), UNUSED(count);
  return mlperf_loadgen_fail("the device is gone");
}
static int32_t HandOnStatus(void* user, const mlperf_loadgen_sample* samples, size_t count) {
  UNUSED(user), UNUSED(samples);
  return mlperf_loadgen_complete(NULL, count, NULL, NULL);
}
static int32_t Abort(void* user, const mlperf_loadgen_sample* samples, size_t count) {
  UNUSED(user), UNUSED(samples), UNUSED(count);
  return mlperf_loadgen_abort(NULL);
}
static int32_t AbortWhy(void* user, const mlperf_loadgen_sample* samples, size_t count) {
  UNUSED(user), UNUSED(samples), UNUSED(count);
  return mlperf_loadgen_abort("a worker died");
}
static int32_t NoBytes(void* user, mlperf_loadgen_response* response) {
  UNUSED(user), UNUSED(response);
  return mlperf_loadgen_fail("no bytes");
}
static int32_t FailToFetch(void* user, const mlperf_loadgen_sample* samples, size_t count) {
  const mlperf_loadgen_response response = {samples[0].id, 0, 0, 0};
  UNUSED(user), UNUSED(count);
  return mlperf_loadgen_complete(&response, 1, NoBytes, NULL);
}
static int32_t RunAnother(void* user, const mlperf_loadgen_sample* samples, size_t count) {
  mlperf_loadgen_settings* settings = ShortSettings("Offline");
  mlperf_loadgen_sut* sut = Sut(Answer, NULL);
  mlperf_loadgen_qsl* qsl = Qsl();
  mlperf_loadgen_report* report = NULL;
  CHECK_FAILS(mlperf_loadgen_run(sut, qsl, settings, &report), MLPERF_LOADGEN_STATE, "test");
  CHECK(report == NULL);
  Destroy(sut, qsl, settings, NULL);
  return Answer(user, samples, count);
}
static int32_t FailToFlush(void* user) {
  UNUSED(user);
  return 1;
}
static int32_t FailToLoad(void* user, const size_t* indices, size_t count) {
  UNUSED(user), UNUSED(indices), UNUSED(count);
  return mlperf_loadgen_fail("no such file");
}

static void OfCallbacks(void) {
  CHECK_FAILS(Run(Return7, ShortSettings("Offline")), MLPERF_LOADGEN_CALLBACK,
              "issue of 'C SUT' returned 7");
  CHECK_FAILS(Run(Fail, ShortSettings("Server")), MLPERF_LOADGEN_CALLBACK,
              "issue of 'C SUT' returned 5: the device is gone");
  CHECK_FAILS(Run(HandOnStatus, ShortSettings("Offline")), MLPERF_LOADGEN_CALLBACK,
              "returned 1: responses: null");
  CHECK_FAILS(Run(AbortWhy, ShortSettings("SingleStream")), MLPERF_LOADGEN_CALLBACK,
              "a worker died");
  mlperf_loadgen_settings* accuracy = ShortSettings("SingleStream");
  CHECK_OK(mlperf_loadgen_settings_set(accuracy, "mode", "AccuracyOnly"));
  CHECK_FAILS(Run(FailToFetch, accuracy), MLPERF_LOADGEN_CALLBACK, "no bytes");

  mlperf_loadgen_settings* settings = ShortSettings("Offline");
  mlperf_loadgen_sut* sut = NULL;
  mlperf_loadgen_qsl* qsl = Qsl();
  CHECK_OK(mlperf_loadgen_sut_create("lazy", Answer, FailToFlush, NULL, &sut));
  CHECK_FAILS(mlperf_loadgen_run(sut, qsl, settings, NULL), MLPERF_LOADGEN_CALLBACK,
              "flush of 'lazy' returned 1");
  CHECK_OK(mlperf_loadgen_qsl_destroy(qsl));
  CHECK_OK(mlperf_loadgen_qsl_create("lost", 4, 4, FailToLoad, NULL, NULL, &qsl));
  CHECK_FAILS(mlperf_loadgen_run(sut, qsl, settings, NULL), MLPERF_LOADGEN_CALLBACK,
              "load of 'lost' returned 5: no such file");
  Destroy(sut, qsl, settings, NULL);
}

static void OfTests(void) {
  CHECK_OK(Run(Answer, ShortSettings("Offline")));
  CHECK_OK(Run(RunAnother, ShortSettings("Offline")));
  CHECK_FAILS(Run(Abort, ShortSettings("SingleStream")), MLPERF_LOADGEN_ABORTED, "aborted");

  mlperf_loadgen_settings* settings = ShortSettings("Offline");
  CHECK_OK(mlperf_loadgen_settings_set(settings, "drain_timeout_ms", "1"));
  CHECK_FAILS(Run(AnswerNothing, settings), MLPERF_LOADGEN_INCOMPLETE, "sample");

  settings = ShortSettings("Server");
  CHECK_OK(mlperf_loadgen_settings_set(settings, "server_target_qps", "-1"));
  CHECK_OK(mlperf_loadgen_settings_set(settings, "server_target_latency_percentile", "2"));
  CHECK_FAILS(Run(Answer, settings), MLPERF_LOADGEN_INVALID, "server_target_qps = -1");
  CHECK(strstr(mlperf_loadgen_last_error(), "\nserver_target_latency_percentile = 2") != NULL);

  settings = ShortSettings("Offline");
  CHECK_OK(mlperf_loadgen_settings_set(settings, "write_files", "true"));
  CHECK_OK(mlperf_loadgen_settings_set(settings, "outdir", "/no/such/folder"));
  CHECK_FAILS(Run(Answer, settings), MLPERF_LOADGEN_OUTPUT, "/no/such/folder");
}

static void OfArguments(void) {
  enum { kInvalid = MLPERF_LOADGEN_INVALID, kState = MLPERF_LOADGEN_STATE };
  mlperf_loadgen_sut* sut = Sut(Answer, NULL);
  mlperf_loadgen_qsl* qsl = Qsl();
  mlperf_loadgen_settings* settings = ShortSettings("Offline");
  mlperf_loadgen_report* report = NULL;
  const char* text = NULL;
  double number = 0;
  const int64_t* latencies = NULL;
  size_t count = 0;
  const uintptr_t id = 77;
  const mlperf_loadgen_response response = {77, 0, 0, 0};
  CHECK_OK(mlperf_loadgen_run(sut, qsl, settings, &report));

  CHECK_FAILS(mlperf_loadgen_sut_create(NULL, Answer, NULL, NULL, &sut), kInvalid, "name: null");
  CHECK(sut == NULL);
  CHECK_FAILS(mlperf_loadgen_sut_create("", NULL, NULL, NULL, &sut), kInvalid, "issue: null");
  CHECK_FAILS(mlperf_loadgen_sut_create("", Answer, NULL, NULL, NULL), kInvalid, "sut: null");
  CHECK_FAILS(mlperf_loadgen_qsl_create("", 1, 1, NULL, NULL, NULL, NULL), kInvalid, "qsl: null");
  CHECK_FAILS(mlperf_loadgen_run(sut, qsl, settings, NULL), kInvalid, "sut: null");
  sut = Sut(Answer, NULL);
  CHECK_FAILS(mlperf_loadgen_run(sut, NULL, settings, NULL), kInvalid, "qsl: null");
  CHECK_FAILS(mlperf_loadgen_run(sut, qsl, NULL, NULL), kInvalid, "settings: null");
  CHECK_FAILS(mlperf_loadgen_run((mlperf_loadgen_sut*)(void*)qsl, qsl, settings, NULL), kState,
              "sut: this handle");
  CHECK_FAILS(mlperf_loadgen_run((mlperf_loadgen_sut*)(void*)&text, qsl, settings, NULL), kState,
              "sut: this handle");
  CHECK_FAILS(mlperf_loadgen_settings_create(NULL), kInvalid, "settings: null");
  CHECK_FAILS(mlperf_loadgen_settings_set(settings, NULL, ""), kInvalid, "name: null");
  CHECK_FAILS(mlperf_loadgen_settings_set(settings, "mode", NULL), kInvalid, "value: null");
  CHECK_FAILS(mlperf_loadgen_settings_get(settings, "mode", NULL), kInvalid, "value: null");
  CHECK_FAILS(mlperf_loadgen_settings_get(settings, NULL, &text), kInvalid, "name: null");
  CHECK_FAILS(mlperf_loadgen_settings_from_config(settings, NULL, NULL), kInvalid, "model: null");
  CHECK_FAILS(mlperf_loadgen_report_text(report, NULL, &text), kInvalid, "name: null");
  CHECK_FAILS(mlperf_loadgen_report_text(report, "mode", NULL), kInvalid, "value: null");
  CHECK_FAILS(mlperf_loadgen_report_text(report, "latency_p50", &text), kInvalid,
              "a report has no 'latency_p50'; the nearest known is 'latency_p50_ns'");
  CHECK_FAILS(mlperf_loadgen_report_number(report, "mode", &number), kInvalid, "mode is a text");
  CHECK_FAILS(mlperf_loadgen_report_number(report, "valid", NULL), kInvalid, "value: null");
  CHECK_FAILS(mlperf_loadgen_report_latencies(report, NULL, &count), kInvalid, "latencies_ns");
  CHECK_FAILS(mlperf_loadgen_report_latencies(report, &latencies, NULL), kInvalid, "count: null");
  CHECK_FAILS(mlperf_loadgen_complete(NULL, 1, NULL, NULL), kInvalid, "responses: null");
  CHECK_FAILS(mlperf_loadgen_complete_rows(NULL, 1, NULL, 0, NULL), kInvalid, "ids: null");

  CHECK_FAILS(mlperf_loadgen_complete(&response, 1, NULL, NULL), kState, "no test is running");
  CHECK_FAILS(mlperf_loadgen_first_token(&response, 1, NULL, NULL), kState, "no test is running");
  CHECK_FAILS(mlperf_loadgen_complete_rows(&id, 1, NULL, 0, NULL), kState, "no test is running");
  CHECK_OK(mlperf_loadgen_abort(NULL));
  CHECK_OK(mlperf_loadgen_abort("nothing runs"));

  Destroy(sut, qsl, settings, report);
  CHECK_FAILS(mlperf_loadgen_report_text(report, "mode", &text), kState, "report: this handle");
  CHECK_FAILS(mlperf_loadgen_qsl_destroy(qsl), kState, "qsl: this handle");
  CHECK_FAILS(mlperf_loadgen_settings_destroy(settings), kState, "settings: this handle");
  CHECK(mlperf_loadgen_report_valid(report) == 0);
  Destroy(NULL, NULL, NULL, NULL);
}

int main(void) {
  CHECK(strcmp(mlperf_loadgen_last_error(), "") == 0);
  CHECK(mlperf_loadgen_version()[0] >= '0' && mlperf_loadgen_version()[0] <= '9');
  OfCallbacks();
  OfTests();
  OfArguments();
  CHECK(mlperf_loadgen_fail(NULL) == MLPERF_LOADGEN_CALLBACK);
  CHECK(strcmp(mlperf_loadgen_last_error(), "") == 0);
  return failures != 0;
}
