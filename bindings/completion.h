// Completes samples whose responses are Python arrays.

#ifndef MLPERF_LOADGEN_BINDINGS_COMPLETION_H_
#define MLPERF_LOADGEN_BINDINGS_COMPLETION_H_

#include "mlperf_loadgen/loadgen.h"
#include "python.h"

namespace mlperf::python {

// Completes the samples whose ids `span` gives. `rows`: None, an array whose row i answers sample
// i, or a list of one buffer (or None) a sample. `n_tokens`: None or one count a sample. Throws
// ValueError or TypeError before any sample is completed. Gives up the GIL meanwhile.
void CompleteSpan(const ResponseSpan& span, const py::object& rows, const py::object& n_tokens);
void FirstTokensOfSpan(const ResponseSpan& span, const py::object& rows);

}  // namespace mlperf::python

#endif  // MLPERF_LOADGEN_BINDINGS_COMPLETION_H_
