/* Tests that run to their end: each scenario, each way to complete, what the report says. */

#include <math.h>
#include <pthread.h>
#include <stdlib.h>

#include "check.h"

typedef struct Seen {
  size_t issued, loaded, unloaded, fetched;
  int flushes;
} Seen;

static int32_t Count(void* user, const mlperf_loadgen_sample* samples, size_t count) {
  ((Seen*)user)->issued += count;
  return Answer(NULL, samples, count);
}
static int32_t Flush(void* user) {
  ++((Seen*)user)->flushes;
  return 0;
}
static int32_t Load(void* user, const size_t* indices, size_t count) {
  CHECK(indices[0] < 16);
  ((Seen*)user)->loaded += count;
  return 0;
}
static int32_t Unload(void* user, const size_t* indices, size_t count) {
  CHECK(indices[0] < 16);
  ((Seen*)user)->unloaded += count;
  return 0;
}

static double Number(const mlperf_loadgen_report* report, const char* name) {
  double value = -1;
  CHECK_OK(mlperf_loadgen_report_number(report, name, &value));
  return value;
}
static const char* Text(const mlperf_loadgen_report* report, const char* name) {
  const char* value = NULL;
  CHECK_OK(mlperf_loadgen_report_text(report, name, &value));
  return value;
}

static void EachScenario(void) {
  static const char* const scenarios[] = {"SingleStream", "MultiStream", "Server", "Offline",
                                          "MultiStreamFixedInterval"};
  for (int i = 0; i < 5; ++i) {
    Seen seen = {0, 0, 0, 0, 0};
    mlperf_loadgen_sut* sut = NULL;
    mlperf_loadgen_qsl* qsl = NULL;
    mlperf_loadgen_report* report = NULL;
    mlperf_loadgen_settings* settings = ShortSettings(scenarios[i]);
    CHECK_OK(mlperf_loadgen_settings_set(settings, "multi_stream_interval_target_qps", "2000"));
    CHECK_OK(mlperf_loadgen_sut_create("counting", Count, Flush, &seen, &sut));
    CHECK_OK(mlperf_loadgen_qsl_create("numbers", 16, 8, Load, Unload, &seen, &qsl));
    CHECK_OK(mlperf_loadgen_run(sut, qsl, settings, &report));

    CHECK(seen.issued >= 1);
    CHECK(seen.loaded >= 8 && seen.unloaded == seen.loaded);
    CHECK(seen.flushes == 1);
    CHECK(strcmp(Text(report, "scenario"), scenarios[i]) == 0);
    CHECK(strcmp(Text(report, "mode"), "PerformanceOnly") == 0);
    CHECK(strcmp(Text(report, "sut_name"), "counting") == 0);
    CHECK(strcmp(Text(report, "qsl_name"), "numbers") == 0);
    CHECK(strcmp(Text(report, "complete"), "true") == 0);
    CHECK(strcmp(Text(report, "summary_path"), "") == 0);
    CHECK(Number(report, "sample_count") == (double)seen.issued);
    CHECK(Number(report, "result") > 0);
    CHECK(Number(report, "duration_seconds") > 0);
    CHECK(Number(report, "latency_p50_ns") >= Number(report, "latency_min_ns"));
    CHECK(isnan(Number(report, "tokens_per_second")));
    CHECK(strcmp(Text(report, "tokens_per_second"), "") == 0);
    CHECK(mlperf_loadgen_report_valid(report) == (int)Number(report, "valid"));

    const int64_t* latencies = NULL;
    size_t count = 0;
    CHECK_OK(mlperf_loadgen_report_latencies(report, &latencies, &count));
    CHECK(count == seen.issued && latencies[0] > 0);
    Destroy(sut, qsl, settings, report);
  }
}

static int32_t Fetch(void* user, mlperf_loadgen_response* response) {
  static const char bytes[] = "answer";
  ++((Seen*)user)->fetched;
  response->data = (uintptr_t)bytes;
  response->size = 6;
  return 0;
}

static int32_t AnswerWithBytes(void* user, const mlperf_loadgen_sample* samples, size_t count) {
  for (size_t i = 0; i < count; ++i) {
    const mlperf_loadgen_response response = {samples[i].id, 0, 0, 3};
    CHECK_OK(mlperf_loadgen_first_token(&response, 1, Fetch, user));
    CHECK_OK(mlperf_loadgen_complete(&response, 1, Fetch, user));
  }
  return 0;
}

/* The response callback is asked for each sample of an accuracy test, and once for its tokens. */
static void Accuracy(void) {
  Seen seen = {0, 0, 0, 0, 0};
  mlperf_loadgen_settings* settings = ShortSettings("Offline");
  mlperf_loadgen_sut* sut = Sut(AnswerWithBytes, &seen);
  mlperf_loadgen_qsl* qsl = Qsl();
  mlperf_loadgen_report* report = NULL;
  CHECK_OK(mlperf_loadgen_settings_set(settings, "mode", "AccuracyOnly"));
  CHECK_OK(mlperf_loadgen_settings_set(settings, "use_token_latencies", "1"));
  CHECK_OK(mlperf_loadgen_run(sut, qsl, settings, &report));
  CHECK(Number(report, "accuracy_sample_count") == 16);
  CHECK(seen.fetched == 32);
  CHECK(isnan(Number(report, "result")));
  CHECK(mlperf_loadgen_report_valid(report) == 0);
  Destroy(sut, qsl, settings, report);
}

/* A SUT with a thread of its own, which answers with rows and token counts. */
typedef struct Batch {
  const mlperf_loadgen_sample* samples;
  size_t count;
  pthread_t thread;
} Batch;

static void* Work(void* argument) {
  Batch* batch = argument;
  uintptr_t* ids = malloc(batch->count * sizeof(*ids));
  float* rows = calloc(batch->count, sizeof(*rows));
  int64_t* n_tokens = malloc(batch->count * sizeof(*n_tokens));
  for (size_t i = 0; i < batch->count; ++i) {
    ids[i] = batch->samples[i].id;
    n_tokens[i] = 4;
    const mlperf_loadgen_response first = {ids[i], 0, 0, 0};
    CHECK_OK(mlperf_loadgen_first_token(&first, 1, NULL, NULL));
  }
  CHECK_OK(mlperf_loadgen_complete_rows(ids, batch->count, rows, sizeof(*rows), n_tokens));
  free(ids);
  free(rows);
  free(n_tokens);
  return NULL;
}

static int32_t HandOver(void* user, const mlperf_loadgen_sample* samples, size_t count) {
  Batch* batch = user;
  batch->samples = samples;
  batch->count = count;
  CHECK(pthread_create(&batch->thread, NULL, Work, batch) == 0);
  CHECK(pthread_join(batch->thread, NULL) == 0);
  return 0;
}

static void RowsAndTokens(void) {
  Batch batch;
  mlperf_loadgen_settings* settings = ShortSettings("Offline");
  mlperf_loadgen_sut* sut = Sut(HandOver, &batch);
  mlperf_loadgen_qsl* qsl = Qsl();
  mlperf_loadgen_report* report = NULL;
  CHECK_OK(mlperf_loadgen_settings_set(settings, "use_token_latencies", "true"));
  CHECK_OK(mlperf_loadgen_run(sut, qsl, settings, &report));
  CHECK(Number(report, "error_count") == 0);
  CHECK(Number(report, "tokens_per_second") > 0);
  CHECK(Number(report, "ttft_at_target_percentile_ns") > 0);
  Destroy(sut, qsl, settings, report);
}

static mlperf_loadgen_sut* suicidal;

static int32_t DestroyAndAnswer(void* user, const mlperf_loadgen_sample* samples, size_t count) {
  if (suicidal != NULL) CHECK_OK(mlperf_loadgen_sut_destroy(suicidal));
  suicidal = NULL;
  return Answer(user, samples, count);
}

/* A test keeps the SUT that is destroyed within it. Nobody need want a report. */
static void DestroyedWithin(void) {
  mlperf_loadgen_settings* settings = ShortSettings("SingleStream");
  mlperf_loadgen_sut* sut = suicidal = Sut(DestroyAndAnswer, NULL);
  mlperf_loadgen_qsl* qsl = Qsl();
  CHECK_OK(mlperf_loadgen_run(sut, qsl, settings, NULL));
  CHECK_FAILS(mlperf_loadgen_sut_destroy(sut), MLPERF_LOADGEN_STATE, "destroyed");
  Destroy(NULL, qsl, settings, NULL);
}

static void* Lend(void* status) {
  *(mlperf_loadgen_status*)status = mlperf_loadgen_register_issue_query_thread();
  return NULL;
}

/* Other threads issue the queries of a Server test, and get back when it is over. */
static void LentThreads(void) {
  enum { kThreads = 2 };
  pthread_t threads[kThreads];
  mlperf_loadgen_status statuses[kThreads] = {-1, -1};
  mlperf_loadgen_settings* settings = ShortSettings("Server");
  mlperf_loadgen_sut* sut = Sut(Answer, NULL);
  mlperf_loadgen_qsl* qsl = Qsl();
  mlperf_loadgen_report* report = NULL;
  CHECK_OK(mlperf_loadgen_settings_set(settings, "server_num_issue_query_threads", "2"));
  CHECK_OK(mlperf_loadgen_settings_set(settings, "min_query_count", "1000"));
  for (int i = 0; i < kThreads; ++i) {
    CHECK(pthread_create(&threads[i], NULL, Lend, &statuses[i]) == 0);
  }
  CHECK_OK(mlperf_loadgen_run(sut, qsl, settings, &report));
  for (int i = 0; i < kThreads; ++i) {
    CHECK(pthread_join(threads[i], NULL) == 0);
    CHECK_OK(statuses[i]);
  }
  CHECK(Number(report, "query_count") >= 1000);
  CHECK(Number(report, "error_count") == 0);
  Destroy(sut, qsl, settings, report);
}

int main(void) {
  EachScenario();
  Accuracy();
  RowsAndTokens();
  DestroyedWithin();
  LentThreads();
  return failures != 0;
}
