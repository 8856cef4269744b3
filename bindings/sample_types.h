// Defines QuerySample and QuerySampleResponse as Python types.

#ifndef MLPERF_LOADGEN_BINDINGS_SAMPLE_TYPES_H_
#define MLPERF_LOADGEN_BINDINGS_SAMPLE_TYPES_H_

#include <cstddef>

#include "mlperf_loadgen/query_sample.h"
#include "python.h"

namespace mlperf::python {

// All with the GIL held.
py::object NewQuerySample(const QuerySample& sample);
// Makes `object` that sample if it is a QuerySample with one reference, the caller's. Returns
// whether it did.
bool RefillQuerySample(PyObject* object, const QuerySample& sample);
py::object NewQuerySampleResponse(const QuerySampleResponse& response);

// The response behind a QuerySampleResponse object. Throws TypeError for any other object.
const QuerySampleResponse& ResponseOf(PyObject* object);

// A sequence of QuerySampleResponse, kept alive. With the GIL held, which may be given up between
// the calls.
class ResponseList {
 public:
  // Throws TypeError for anything but a sequence.
  explicit ResponseList(PyObject* sequence);

  size_t size() const { return size_; }

  // Copies the responses [begin, end). Throws TypeError for any other object among them, and
  // RuntimeError when the list has another length by now.
  void Read(size_t begin, size_t end, QuerySampleResponse* responses) const;

 private:
  py::object items_;
  size_t size_ = 0;
};

}  // namespace mlperf::python

#endif  // MLPERF_LOADGEN_BINDINGS_SAMPLE_TYPES_H_
