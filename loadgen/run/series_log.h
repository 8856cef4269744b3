// Writes what the logs say about one series of queries.

#ifndef MLPERF_LOADGEN_RUN_SERIES_LOG_H_
#define MLPERF_LOADGEN_RUN_SERIES_LOG_H_

#include "base/entry.h"
#include "issue/series.h"
#include "log/trace_log.h"
#include "mlperf_loadgen/test_settings.h"
#include "schedule/plan.h"

namespace mlperf::run {

// loaded_qsl_set and generated_*, before the first query.
base::Entries PlanEntries(const schedule::LoadableSet& set, const schedule::Plan& plan);

// Counters of the logger's health, which readers of the detail log expect to be there. Ours has
// nothing to retry: they are zero.
base::Entries LoggerEntries();

// Every call and every completed sample. Call when no thread completes any more.
void Trace(const issue::Series& series, const EffectiveSettings& settings, log::TraceLog& trace);

}  // namespace mlperf::run

#endif  // MLPERF_LOADGEN_RUN_SERIES_LOG_H_
