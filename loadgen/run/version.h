// Tells which version of LoadGen this is.

#ifndef MLPERF_LOADGEN_RUN_VERSION_H_
#define MLPERF_LOADGEN_RUN_VERSION_H_

#include "base/entry.h"

namespace mlperf::run {

// The block of the detail log that says which build wrote it. What the build does not know of its
// source (revision, history, hashes) is NA, as the readers of the log expect.
base::Entries VersionEntries();

// "1.2.3"
const char* Version();

}  // namespace mlperf::run

#endif  // MLPERF_LOADGEN_RUN_VERSION_H_
