// The summary file, word for word as submission tools and people know it.

#ifndef MLPERF_LOADGEN_RESULTS_SUMMARY_TEXT_H_
#define MLPERF_LOADGEN_RESULTS_SUMMARY_TEXT_H_

#include <cstdint>
#include <string>

#include "mlperf_loadgen/report.h"

namespace mlperf::results {

// Everything but the closing lines, ending in a line break. Of a report without a performance run:
// nothing, or that it is not complete and why.
std::string SummaryText(const Report& report);

// Says that `count` responses in the accuracy log have no data.
std::string EmptyResponsesText(uint64_t count);

// The counts that end the file.
std::string ClosingLines(uint64_t warnings, uint64_t errors);

}  // namespace mlperf::results

#endif  // MLPERF_LOADGEN_RESULTS_SUMMARY_TEXT_H_
