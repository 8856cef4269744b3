// Lets Python implement query sample libraries.

#ifndef MLPERF_LOADGEN_BINDINGS_QSL_H_
#define MLPERF_LOADGEN_BINDINGS_QSL_H_

#include "handle.h"
#include "mlperf_loadgen/query_sample_library.h"
#include "python.h"

namespace mlperf::python {

using QslHandle = Handle<QuerySampleLibrary>;

}  // namespace mlperf::python

#endif  // MLPERF_LOADGEN_BINDINGS_QSL_H_
