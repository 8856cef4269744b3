// The layout of what crosses between a SUT and the library, which were perhaps built by different
// compilers at different times. On LP64; a change here is a new SOVERSION.

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

#include "check.h"
#include "mlperf_loadgen/loadgen.h"

using mlperf::QuerySample;
using mlperf::QuerySampleResponse;
using mlperf::ResponseSpan;
using mlperf::SampleSpan;

static_assert(sizeof(void*) == 8 && sizeof(size_t) == 8);

static_assert(std::is_same_v<mlperf::ResponseId, uintptr_t>);
static_assert(std::is_same_v<mlperf::QuerySampleIndex, size_t>);
static_assert(std::is_same_v<mlperf::QuerySampleLatency, int64_t>);

static_assert(std::is_trivial_v<QuerySample> && std::is_standard_layout_v<QuerySample>);
static_assert(sizeof(QuerySample) == 16 && alignof(QuerySample) == 8);
static_assert(offsetof(QuerySample, id) == 0);
static_assert(offsetof(QuerySample, index) == 8);

static_assert(std::is_trivially_copyable_v<QuerySampleResponse>);
static_assert(std::is_standard_layout_v<QuerySampleResponse>);
static_assert(sizeof(QuerySampleResponse) == 32 && alignof(QuerySampleResponse) == 8);
static_assert(offsetof(QuerySampleResponse, id) == 0);
static_assert(offsetof(QuerySampleResponse, data) == 8);
static_assert(offsetof(QuerySampleResponse, size) == 16);
static_assert(offsetof(QuerySampleResponse, n_tokens) == 24);

static_assert(std::is_standard_layout_v<SampleSpan>);
static_assert(sizeof(SampleSpan) == 48 && alignof(SampleSpan) == 8);
static_assert(offsetof(SampleSpan, first_id) == 0);
static_assert(offsetof(SampleSpan, id_stride) == 8);
static_assert(offsetof(SampleSpan, indices) == 16);
static_assert(offsetof(SampleSpan, size) == 24);
static_assert(offsetof(SampleSpan, owner) == 32);

static_assert(std::is_trivially_copyable_v<ResponseSpan>);
static_assert(std::is_standard_layout_v<ResponseSpan>);
static_assert(sizeof(ResponseSpan) == 72 && alignof(ResponseSpan) == 8);
static_assert(offsetof(ResponseSpan, size) == 0);
static_assert(offsetof(ResponseSpan, ids) == 8);
static_assert(offsetof(ResponseSpan, first_id) == 16);
static_assert(offsetof(ResponseSpan, id_stride) == 24);
static_assert(offsetof(ResponseSpan, rows) == 32);
static_assert(offsetof(ResponseSpan, row_bytes) == 40);
static_assert(offsetof(ResponseSpan, addresses) == 48);
static_assert(offsetof(ResponseSpan, sizes) == 56);
static_assert(offsetof(ResponseSpan, n_tokens) == 64);

// The numbers of the enumerations cross too.
static_assert(static_cast<int>(mlperf::TestScenario::SingleStream) == 0);
static_assert(static_cast<int>(mlperf::TestScenario::MultiStream) == 1);
static_assert(static_cast<int>(mlperf::TestScenario::Server) == 2);
static_assert(static_cast<int>(mlperf::TestScenario::Offline) == 3);
static_assert(static_cast<int>(mlperf::TestScenario::MultiStreamFixedInterval) == 4);
static_assert(static_cast<int>(mlperf::TestMode::SubmissionRun) == 0);
static_assert(static_cast<int>(mlperf::TestMode::AccuracyOnly) == 1);
static_assert(static_cast<int>(mlperf::TestMode::PerformanceOnly) == 2);
static_assert(static_cast<int>(mlperf::TestMode::FindPeakPerformance) == 3);

#ifdef __x86_64__

// Which entry of its class's table of virtual functions `member` is; the destructor has the first
// two.
template <typename Member>
uintptr_t Slot(Member member) {
  uintptr_t words[2];
  static_assert(sizeof(words) == sizeof(member));
  std::memcpy(words, &member, sizeof(words));
  return (words[0] - 1) / sizeof(void*);
}

TEST(what_a_sut_overrides_stands_where_it_stood) {
  using mlperf::SystemUnderTest;
  CHECK_EQ(Slot(&SystemUnderTest::Name), 2U);
  CHECK_EQ(Slot(&SystemUnderTest::IssueQuery), 3U);
  CHECK_EQ(Slot(&SystemUnderTest::FlushQueries), 4U);
  CHECK_EQ(Slot(&SystemUnderTest::TestOver), 5U);
  CHECK_EQ(Slot(&SystemUnderTest::ReportLatencyResults), 6U);
  CHECK_EQ(Slot(&SystemUnderTest::AsArrays), 7U);
  CHECK_EQ(Slot(&mlperf::ArraySystemUnderTest::IssueSamples), 8U);
}

TEST(what_a_library_overrides_stands_where_it_stood) {
  using mlperf::QuerySampleLibrary;
  CHECK_EQ(Slot(&QuerySampleLibrary::Name), 2U);
  CHECK_EQ(Slot(&QuerySampleLibrary::TotalSampleCount), 3U);
  CHECK_EQ(Slot(&QuerySampleLibrary::PerformanceSampleCount), 4U);
  CHECK_EQ(Slot(&QuerySampleLibrary::LoadSamplesToRam), 5U);
  CHECK_EQ(Slot(&QuerySampleLibrary::UnloadSamplesFromRam), 6U);
}

#endif
