// Presents the samples of a query as arrays, as the modern interface passes them to a SUT.

#ifndef MLPERF_LOADGEN_BINDINGS_SAMPLES_H_
#define MLPERF_LOADGEN_BINDINGS_SAMPLES_H_

#include "mlperf_loadgen/sample_batch.h"
#include "mlperf_loadgen/system_under_test.h"
#include "python.h"

namespace mlperf::python {

// A Samples object that is the SUT's to keep. With the GIL held.
py::object NewSamples(const SampleSpan& span);

// The same, of a batch that was taken.
py::object NewSamples(SampleBatch batch);

// Hands `samples`, a Samples object, on to another SUT. Throws TypeError for any other object.
void IssueTo(ArraySystemUnderTest& sut, const py::object& samples);

// A read-only array of int64 over `size` indices, which `owner` keeps alive. With the GIL held.
py::array IndexArray(const QuerySampleIndex* indices, size_t size,
                     const std::shared_ptr<const void>& owner);

}  // namespace mlperf::python

#endif  // MLPERF_LOADGEN_BINDINGS_SAMPLES_H_
