// Why a series did not end as it should, in words.

#ifndef MLPERF_LOADGEN_RUN_DESCRIBE_H_
#define MLPERF_LOADGEN_RUN_DESCRIBE_H_

#include <exception>
#include <string>

#include "effective_settings.h"
#include "issue/series.h"

namespace mlperf::run {

// How many samples were never completed, and the first few of them; empty if none.
std::string DescribeMissing(const issue::Series& series);

std::string DescribeStall(const EffectiveSettings& settings);

// What it says, on one line, of a text without an end the beginning.
std::string Describe(const std::exception_ptr& failure);

}  // namespace mlperf::run

#endif  // MLPERF_LOADGEN_RUN_DESCRIBE_H_
