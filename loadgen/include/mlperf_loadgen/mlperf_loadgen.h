/* LoadGen for C, and for what calls C: ctypes, Rust, Julia. C99; also C++.
 *
 * A program makes a SUT, a QSL and settings, and hands them to mlperf_loadgen_run, which calls the
 * callbacks. The SUT answers samples with mlperf_loadgen_complete.
 *
 * Every function may be called on any thread. Settings and reports are used by one thread at a
 * time. Handles are checked, not dereferenced: one that is null, destroyed or garbage is an error.
 * Texts given are NUL-terminated and copied; texts received stay LoadGen's. */

#ifndef MLPERF_LOADGEN_MLPERF_LOADGEN_H_
#define MLPERF_LOADGEN_MLPERF_LOADGEN_H_

#include <stddef.h>
#include <stdint.h>

#include "api.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What functions return. */
typedef int32_t mlperf_loadgen_status;
enum {
  MLPERF_LOADGEN_OK = 0,
  MLPERF_LOADGEN_INVALID = 1,    /* an argument or a setting that is not allowed */
  MLPERF_LOADGEN_OUTPUT = 2,     /* a log file cannot be written */
  MLPERF_LOADGEN_STATE = 3,      /* no test runs, or one does; a handle that is no longer valid */
  MLPERF_LOADGEN_INCOMPLETE = 4, /* samples were not completed in time */
  MLPERF_LOADGEN_CALLBACK = 5,   /* a callback failed, or abort was given a reason */
  MLPERF_LOADGEN_ABORTED = 6,    /* the test was ended by abort */
  MLPERF_LOADGEN_OUT_OF_MEMORY = 7, /* this call may have done a part of its work */
  MLPERF_LOADGEN_INTERNAL = 8       /* anything else; a C++ exception that left a callback */
};

/* Why the last call on this thread that failed did so; "" if none did. Settings with several
 * mistakes have a line for each. Valid until the next call on this thread. Never null. */
MLPERF_LOADGEN_API const char* mlperf_loadgen_last_error(void);

/* "1.2.3" */
MLPERF_LOADGEN_API const char* mlperf_loadgen_version(void);

/* ---- Samples ---- */

/* One sample of a query. */
typedef struct mlperf_loadgen_sample {
  uintptr_t id; /* give it back in mlperf_loadgen_response */
  size_t index; /* which sample of the QSL to run */
} mlperf_loadgen_sample;

/* The answer to one sample. The bytes stay the caller's, are read only until the call returns, and
 * only when they go into the accuracy log. */
typedef struct mlperf_loadgen_response {
  uintptr_t id;
  uintptr_t data;   /* address of the first byte */
  size_t size;      /* bytes */
  int64_t n_tokens; /* tokens generated; read only with the setting use_token_latencies */
} mlperf_loadgen_response;

/* ---- Callbacks ----
 *
 * They get `user` as given with them. A callback returns 0, or anything else to end the test:
 * mlperf_loadgen_run then returns MLPERF_LOADGEN_CALLBACK, with the text of the call that failed in
 * the callback, if one did. So a callback may hand on what a function returned, or say
 *   return mlperf_loadgen_fail("the device is gone");
 * Arrays are valid during the call. */

/* Sets this thread's last error, returns MLPERF_LOADGEN_CALLBACK. */
MLPERF_LOADGEN_API mlperf_loadgen_status mlperf_loadgen_fail(const char* why);

/* Runs the samples. On the issuing thread: that of mlperf_loadgen_run, or those given to
 * mlperf_loadgen_register_issue_query_thread. May complete them, or return and let other threads do
 * so. The time it takes delays the queries behind it. */
typedef int32_t (*mlperf_loadgen_issue_fn)(void* user, const mlperf_loadgen_sample* samples,
                                           size_t count);
/* After the last query: whatever waits for a fuller batch must run. On the thread of
 * mlperf_loadgen_run; so are the two below. */
typedef int32_t (*mlperf_loadgen_flush_fn)(void* user);
/* Loads samples into memory before queries come, unloads them after. */
typedef int32_t (*mlperf_loadgen_load_fn)(void* user, const size_t* indices, size_t count);
/* Called for a response whose bytes go into the accuracy log, before they are copied: may set
 * `data` and `size`. On the thread that completes. */
typedef int32_t (*mlperf_loadgen_response_fn)(void* user, mlperf_loadgen_response* response);

/* ---- SUT and QSL ----
 *
 * Destroying null does nothing. A test that runs keeps what it needs of what is destroyed, but
 * `user` is the caller's to keep. */

typedef struct mlperf_loadgen_sut mlperf_loadgen_sut;
/* `flush` may be null. */
MLPERF_LOADGEN_API mlperf_loadgen_status mlperf_loadgen_sut_create(const char* name,
                                                                   mlperf_loadgen_issue_fn issue,
                                                                   mlperf_loadgen_flush_fn flush,
                                                                   void* user,
                                                                   mlperf_loadgen_sut** sut);
MLPERF_LOADGEN_API mlperf_loadgen_status mlperf_loadgen_sut_destroy(mlperf_loadgen_sut* sut);

typedef struct mlperf_loadgen_qsl mlperf_loadgen_qsl;
/* A library of `total_count` samples, of which `performance_count` fit into memory at once. `load`
 * and `unload` may be null. */
MLPERF_LOADGEN_API mlperf_loadgen_status mlperf_loadgen_qsl_create(
    const char* name, size_t total_count, size_t performance_count, mlperf_loadgen_load_fn load,
    mlperf_loadgen_load_fn unload, void* user, mlperf_loadgen_qsl** qsl);
MLPERF_LOADGEN_API mlperf_loadgen_status mlperf_loadgen_qsl_destroy(mlperf_loadgen_qsl* qsl);

/* ---- Settings ----
 *
 * By name, as text. Those of the test have the names, units and defaults of TestSettings in
 * test_settings.h, but ttft_latency and tpot_latency (ns): "scenario" = "Server",
 * "server_target_qps" = "1000", "use_token_latencies" = "true". Those of the logs are "outdir",
 * "prefix", "suffix", "prefix_with_datetime", "copy_detail_to_stdout", "copy_summary_to_stdout",
 * "write_files" and "enable_trace", as in LogSettings. "audit_config" is the file of a compliance
 * test that is applied on top, if it exists. */

typedef struct mlperf_loadgen_settings mlperf_loadgen_settings;
MLPERF_LOADGEN_API mlperf_loadgen_status
mlperf_loadgen_settings_create(mlperf_loadgen_settings** settings);
MLPERF_LOADGEN_API mlperf_loadgen_status
mlperf_loadgen_settings_destroy(mlperf_loadgen_settings* settings);

/* MLPERF_LOADGEN_INVALID when there is no such setting, or `value` is not of its kind. Whether a
 * test can run with it is found out by mlperf_loadgen_run. */
MLPERF_LOADGEN_API mlperf_loadgen_status
mlperf_loadgen_settings_set(mlperf_loadgen_settings* settings, const char* name, const char* value);
/* `*value` is valid until the next call with these settings. */
MLPERF_LOADGEN_API mlperf_loadgen_status mlperf_loadgen_settings_get(
    mlperf_loadgen_settings* settings, const char* name, const char** value);

/* Applies the official rules of the round that is the setting "rules", for `model` and the scenario
 * that is set, and on top of them the user.conf at `path`, unless that is null. Set both before. A
 * file that cannot be read or has a malformed line is MLPERF_LOADGEN_INVALID; unknown names in it
 * become warnings in the detail log. */
MLPERF_LOADGEN_API mlperf_loadgen_status mlperf_loadgen_settings_from_config(
    mlperf_loadgen_settings* settings, const char* path, const char* model);

/* ---- The test ---- */

typedef struct mlperf_loadgen_report mlperf_loadgen_report;

/* Runs a whole test on this thread and writes its log files. `report` may be null. `*report`
 * becomes what was found, to be destroyed by the caller: also when a test that had begun ended
 * early, and then the status says why. It becomes null when none began. Only one test runs at a
 * time in a process; another call returns MLPERF_LOADGEN_STATE. */
MLPERF_LOADGEN_API mlperf_loadgen_status mlperf_loadgen_run(mlperf_loadgen_sut* sut,
                                                            mlperf_loadgen_qsl* qsl,
                                                            mlperf_loadgen_settings* settings,
                                                            mlperf_loadgen_report** report);

/* Ends the test that runs, if any, soon: mlperf_loadgen_run returns MLPERF_LOADGEN_ABORTED or, with
 * a reason `why`, which may be null, MLPERF_LOADGEN_CALLBACK. Not for signal handlers. */
MLPERF_LOADGEN_API mlperf_loadgen_status mlperf_loadgen_abort(const char* why);

/* Registers this thread for the Server test that runs or comes next and has the setting
 * "server_num_issue_query_threads": its issue callback is called here too. Returns when a test is
 * over, wanted or not; what ended that is for mlperf_loadgen_run to say. */
MLPERF_LOADGEN_API mlperf_loadgen_status mlperf_loadgen_register_issue_query_thread(void);

/* Completes samples: in the issue callback or later, samples of several queries mixed. The time of
 * completion is that of the call. `fetch` may be null. An id that names no sample that is out is
 * counted, logged, and makes the result invalid, with status OK; the others of the call are
 * completed. When `fetch` fails the sample is logged without bytes and the call returns
 * MLPERF_LOADGEN_CALLBACK. MLPERF_LOADGEN_STATE when no test runs. */
MLPERF_LOADGEN_API mlperf_loadgen_status
mlperf_loadgen_complete(const mlperf_loadgen_response* responses, size_t count,
                        mlperf_loadgen_response_fn fetch, void* user);
/* Reports the first token of samples, before they are completed. */
MLPERF_LOADGEN_API mlperf_loadgen_status
mlperf_loadgen_first_token(const mlperf_loadgen_response* responses, size_t count,
                           mlperf_loadgen_response_fn fetch, void* user);
/* Completes the samples `ids`, whose answers are the rows of a table of `row_bytes` a row; `rows`
 * may be null. `n_tokens`, one for each, may be null. */
MLPERF_LOADGEN_API mlperf_loadgen_status mlperf_loadgen_complete_rows(const uintptr_t* ids,
                                                                      size_t count,
                                                                      const void* rows,
                                                                      size_t row_bytes,
                                                                      const int64_t* n_tokens);

/* ---- What a test found ---- */

/* Whether the performance result is VALID: 1 or 0. 0 too for an accuracy test, and for anything but
 * a report. */
MLPERF_LOADGEN_API int32_t mlperf_loadgen_report_valid(const mlperf_loadgen_report* report);

/* A value by name; *value stays valid until the next call with this report. "" and NaN where a test
 * has no such value; a number of a text is MLPERF_LOADGEN_INVALID.
 *   scenario, mode
 *   result: the scenario's figure: SingleStream and MultiStream the latency at the target
 *     percentile, ns; Server and Offline samples per second; MultiStreamFixedInterval samples per
 *     query
 *   latency_min_ns, latency_mean_ns, latency_max_ns, latency_p50_ns, latency_p90_ns,
 *     latency_p95_ns, latency_p97_ns, latency_p99_ns, latency_p99_9_ns: of samples
 *   the fields of Report and, with use_token_latencies, of TokenReport by the names that they have
 *     in report.h, which says what they mean, but for arrays and for parts with fields of their
 *     own: numbers, texts, "true" or "false" (1 or 0), and lists of texts, a line each. Among them
 *     are valid, recommendations, complete, end_reason, query_count, sample_count,
 *     duration_seconds, samples_per_second, tokens_per_second, errors, warnings, summary_path */
MLPERF_LOADGEN_API mlperf_loadgen_status mlperf_loadgen_report_text(
    const mlperf_loadgen_report* report, const char* name, const char** value);
MLPERF_LOADGEN_API mlperf_loadgen_status
mlperf_loadgen_report_number(const mlperf_loadgen_report* report, const char* name, double* value);

/* The latency of every sample of the performance run, ns, in the order of issue; the report's. */
MLPERF_LOADGEN_API mlperf_loadgen_status mlperf_loadgen_report_latencies(
    const mlperf_loadgen_report* report, const int64_t** latencies_ns, size_t* count);

MLPERF_LOADGEN_API mlperf_loadgen_status
mlperf_loadgen_report_destroy(mlperf_loadgen_report* report);

#ifdef __cplusplus
}
#endif

#endif /* MLPERF_LOADGEN_MLPERF_LOADGEN_H_ */
