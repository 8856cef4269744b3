// The set of samples a test draws from.

#ifndef MLPERF_LOADGEN_QUERY_SAMPLE_LIBRARY_H_
#define MLPERF_LOADGEN_QUERY_SAMPLE_LIBRARY_H_

#include <string>
#include <vector>

#include "api.h"
#include "cxx17.h"
#include "query_sample.h"

namespace mlperf {

// Owned by the caller and kept alive for the whole test. Every method is called on the thread that
// started the test, never while a query is in flight. An exception ends the test and comes out of
// StartTest.
class MLPERF_LOADGEN_API QuerySampleLibrary {
 public:
  virtual ~QuerySampleLibrary() = default;

  virtual const std::string& Name() = 0;

  // Samples in the data set. At least 1.
  virtual size_t TotalSampleCount() = 0;

  // Samples that are guaranteed to fit in memory at once. At least 1.
  virtual size_t PerformanceSampleCount() = 0;

  // Loads `samples` before a series of queries; an index may occur twice (MultiStream).
  virtual void LoadSamplesToRam(const std::vector<QuerySampleIndex>& samples) = 0;

  // Called with the same list after the series has completed; not when it was cut short, because
  // the SUT may still be at work on its samples.
  virtual void UnloadSamplesFromRam(const std::vector<QuerySampleIndex>& samples) = 0;
};

}  // namespace mlperf

#endif  // MLPERF_LOADGEN_QUERY_SAMPLE_LIBRARY_H_
