// Why a series did not end as it should, in words.

#ifndef MLPERF_LOADGEN_RUN_DESCRIBE_H_
#define MLPERF_LOADGEN_RUN_DESCRIBE_H_

#include <cstdint>
#include <exception>
#include <string>

#include "effective_settings.h"
#include "issue/series.h"
#include "run/watchdog.h"

namespace mlperf::run {

// How many samples were never completed, and the first few of them; empty if none.
std::string DescribeMissing(const issue::Series& series);

// That samples are out and none comes back; a test with `stall_timeout_ms` goes on.
std::string DescribeSilence(int64_t silent_ns, StallRule::Count count, uint64_t stall_timeout_ms);

std::string DescribeStall(const EffectiveSettings& settings);

// What it says, on one line, of a text without an end the beginning.
std::string Describe(const std::exception_ptr& failure);

}  // namespace mlperf::run

#endif  // MLPERF_LOADGEN_RUN_DESCRIBE_H_
