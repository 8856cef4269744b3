// Threads of Python's that issue queries.

#ifndef MLPERF_LOADGEN_BINDINGS_ISSUE_THREADS_H_
#define MLPERF_LOADGEN_BINDINGS_ISSUE_THREADS_H_

#include "python.h"

namespace mlperf::python {

void RegisterIssueThreads(py::module_& module);

// Makes callbacks raise that hold up the test on such threads. Any thread; takes the GIL.
void InterruptIssueThreads();

}  // namespace mlperf::python

#endif  // MLPERF_LOADGEN_BINDINGS_ISSUE_THREADS_H_
