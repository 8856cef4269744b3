// Interrupts Python threads that issue queries.

#ifndef MLPERF_LOADGEN_BINDINGS_ISSUE_THREADS_H_
#define MLPERF_LOADGEN_BINDINGS_ISSUE_THREADS_H_

namespace mlperf::python {

// Makes callbacks raise that hold up the test on such threads. Any thread; takes the GIL.
void InterruptIssueThreads();

}  // namespace mlperf::python

#endif  // MLPERF_LOADGEN_BINDINGS_ISSUE_THREADS_H_
