// For SUTs that include the header by this name to know when a query was due. An id is not an
// address here: what they read through one is mlperf::TimesOf(id).

#ifndef MLPERF_LOADGEN_ISSUE_QUERY_CONTROLLER_H_
#define MLPERF_LOADGEN_ISSUE_QUERY_CONTROLLER_H_

#include "loadgen.h"
#include "query_times.h"

#endif  // MLPERF_LOADGEN_ISSUE_QUERY_CONTROLLER_H_
