// Calls the SUT with samples in the form that it takes.

#ifndef MLPERF_LOADGEN_ISSUE_TARGET_H_
#define MLPERF_LOADGEN_ISSUE_TARGET_H_

#include <vector>

#include "mlperf_loadgen/system_under_test.h"

namespace mlperf::issue {

// For a SUT that takes objects, the list of them is built in memory that is kept: only a query
// larger than any before it allocates.
class Target {
 public:
  // `largest_query`: samples that one call will usually hold.
  Target(SystemUnderTest& sut, size_t largest_query);

  void Issue(const SampleSpan& samples);
  void Flush() { sut_.FlushQueries(); }

 private:
  SystemUnderTest& sut_;
  ArraySystemUnderTest* const arrays_;  // the same SUT when it takes arrays, else null
  std::vector<QuerySample> objects_;
};

}  // namespace mlperf::issue

#endif  // MLPERF_LOADGEN_ISSUE_TARGET_H_
