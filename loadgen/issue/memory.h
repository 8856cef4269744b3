// Computes how much memory a test takes, before any of it is allocated.

#ifndef MLPERF_LOADGEN_ISSUE_MEMORY_H_
#define MLPERF_LOADGEN_ISSUE_MEMORY_H_

#include <cstdint>

#include "mlperf_loadgen/test_settings.h"
#include "schedule/plan.h"

namespace mlperf::issue {

// Throws SettingsError when a test in settings.mode is larger than a plan can be, or takes more
// than nine tenths of `memory_bytes`; the text names the settings that cause it. With
// FindPeakPerformance, checks its first trial. Counts the plan, the slots and the latencies of all
// queries that are prepared, and the list of loaded samples with its copies; not the memory of SUT
// and library. `trace`: calls are recorded for the trace.
void RequireMemory(const EffectiveSettings& settings, uint64_t library_total_count, bool trace,
                   uint64_t memory_bytes);

// Returns the bytes that RequireMemory counts for a performance series, without a trace.
double MemoryNeeded(const EffectiveSettings& settings, uint64_t library_total_count);

// Returns how many queries to prepare for a closed loop with draw_queries_as_needed: more than any
// SUT can use up in min_duration_ms, as long as their measurements fit into half of `memory_bytes`.
// They cost address space only; memory is taken by those that are issued. Returns 0, which leaves
// it to the expected latency, where each query that is prepared takes memory at once.
uint64_t AmpleQueryCount(const EffectiveSettings& settings, uint64_t library_total_count,
                         bool trace, uint64_t memory_bytes);

}  // namespace mlperf::issue

#endif  // MLPERF_LOADGEN_ISSUE_MEMORY_H_
