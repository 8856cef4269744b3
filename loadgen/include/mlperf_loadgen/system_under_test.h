// What a submitter implements: the system whose speed is measured.

#ifndef MLPERF_LOADGEN_SYSTEM_UNDER_TEST_H_
#define MLPERF_LOADGEN_SYSTEM_UNDER_TEST_H_

#include <memory>
#include <string>
#include <vector>

#include "api.h"
#include "cxx17.h"
#include "query_sample.h"

namespace mlperf {

class ArraySystemUnderTest;

// Owned by the caller and kept alive for the whole test. Name, IssueQuery and FlushQueries are
// called on the issuing thread (the one that started the test, or the threads given to
// RegisterIssueQueryThread). An exception thrown by any of them ends the test and comes out of
// StartTest.
class MLPERF_LOADGEN_API SystemUnderTest {
 public:
  virtual ~SystemUnderTest() = default;

  virtual const std::string& Name() = 0;

  // Runs `samples`. May complete them before it returns, or later from any thread, in any order
  // and grouping, by QuerySamplesComplete. Time spent here delays the queries behind it. The vector
  // stays as it is until the next call or the end of the series; on a registered thread, until this
  // call returns.
  virtual void IssueQuery(const std::vector<QuerySample>& samples) = 0;

  // Called once after the last IssueQuery of a series: whatever waits for a fuller batch must run.
  virtual void FlushQueries() = 0;

  // Called once at the end of every test that has begun, whatever ended it, on the thread that
  // started it: no sample can be completed any more, and those still here are to be dropped.
  virtual void TestOver() noexcept {}

  // For SUTs of the rounds until v1.1. Called once after the performance series of a test, but for
  // those of a peak search, on the thread that started it: the latencies of its samples, in the
  // order of issue. An exception ends the test as one of the other calls does.
  virtual void ReportLatencyResults(const std::vector<QuerySampleLatency>& /*latencies_ns*/) {}

  // Itself if it takes arrays, else null. For LoadGen; only ArraySystemUnderTest overrides it.
  virtual ArraySystemUnderTest* AsArrays() noexcept { return nullptr; }
};

// Samples handed over as arrays instead of one object each. The ids run in an arithmetic series.
struct SampleSpan {
  ResponseId first_id = 0;
  size_t id_stride = 1;
  const QuerySampleIndex* indices = nullptr;
  size_t size = 0;
  // Set when `indices` stays valid beyond the call for as long as this is held; when null the
  // array is scratch that the next call overwrites.
  std::shared_ptr<const void> owner;

  ResponseId id(size_t i) const { return first_id + i * id_stride; }
};

// A SUT that takes arrays: nothing is built or copied per sample on the way in. Pair it with
// CompleteSamples (loadgen.h) on the way out.
class MLPERF_LOADGEN_API ArraySystemUnderTest : public SystemUnderTest {
 public:
  // As IssueQuery. `samples` is valid during the call; see SampleSpan::owner to keep it.
  virtual void IssueSamples(const SampleSpan& samples) = 0;

  void IssueQuery(const std::vector<QuerySample>& samples) final;
  ArraySystemUnderTest* AsArrays() noexcept final { return this; }
};

}  // namespace mlperf

#endif  // MLPERF_LOADGEN_SYSTEM_UNDER_TEST_H_
