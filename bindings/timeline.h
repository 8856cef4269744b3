// Turns timelines and curves into the Python values that report.json holds.

#ifndef MLPERF_LOADGEN_BINDINGS_TIMELINE_H_
#define MLPERF_LOADGEN_BINDINGS_TIMELINE_H_

#include "mlperf_loadgen/timeline.h"
#include "python.h"
#include "typed.h"

namespace mlperf::python {

// A dict, or None when the report has none. Of a grid, each column is {"first_bin", "counts"}; a
// negative count -n stands for n bins in a row that are empty.
Typed<"dict[str, Any] | None"> TimelineValue(const Timeline& timeline);

// A dict with an entry for each curve that there is.
Typed<"dict[str, Any]", py::dict> CurvesValue(const DurationCurves& curves);

}  // namespace mlperf::python

#endif  // MLPERF_LOADGEN_BINDINGS_TIMELINE_H_
