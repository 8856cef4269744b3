// The results as entries of the detail log.

#ifndef MLPERF_LOADGEN_RESULTS_RESULT_ENTRIES_H_
#define MLPERF_LOADGEN_RESULTS_RESULT_ENTRIES_H_

#include "base/entry.h"
#include "mlperf_loadgen/report.h"

namespace mlperf::results {

// Keys, order and types as submission tools read them; num_errors comes last. Of a report without a
// performance run: none.
base::Entries ResultEntries(const Report& report);

// LoadGen's own part, under keys of our own: how late queries with a schedule were issued, what
// passed between queries without one, the notes. In Offline: none.
base::Entries GeneratorEntries(const Report& report);

}  // namespace mlperf::results

#endif  // MLPERF_LOADGEN_RESULTS_RESULT_ENTRIES_H_
