// Makes the list of QuerySample objects that a SUT of the established interface is called with.

#ifndef MLPERF_LOADGEN_BINDINGS_SAMPLE_LIST_H_
#define MLPERF_LOADGEN_BINDINGS_SAMPLE_LIST_H_

#include "mlperf_loadgen/system_under_test.h"
#include "python.h"

namespace mlperf::python {

// Makes one list a query. A short one is kept, and where the SUT has let go of it and its objects
// by the next query, they are filled again: no two queries are ever seen to share anything. For one
// thread at a time; may be destroyed on any.
class SampleList {
 public:
  SampleList() = default;
  ~SampleList();
  SampleList(const SampleList&) = delete;
  SampleList& operator=(const SampleList&) = delete;

  // With the GIL held.
  py::object Make(const SampleSpan& samples);

  // For Python's garbage collector.
  int Visit(visitproc visit, void* arg) const {
    Py_VISIT(kept_.ptr());
    return 0;
  }

 private:
  py::object kept_;
};

}  // namespace mlperf::python

#endif  // MLPERF_LOADGEN_BINDINGS_SAMPLE_LIST_H_
