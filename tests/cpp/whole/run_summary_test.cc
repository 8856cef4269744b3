// The summary of whole tests, word for word, with figures that are derived here by hand.

#include "base/text.h"
#include "check.h"
#include "rig.h"

using namespace mlperf;
using fakes::kMs;
using fakes::Samples;
using rig::Rig;

namespace {

void CheckGolden(const Rig& rig, const std::string& scenario) {
  const std::string path =
      std::string(MLPERF_TESTS_DIR) + "/golden/run_summary_" + scenario + ".txt";
  CHECK_EQ(rig.Summary(), fakes::ReadFile(path));
}

}  // namespace

// Latencies of the queries go 1.0, 1.1 .. 1.9 ms, over and over; each query is issued when the one
// before it is done. A round of ten takes 14.5 ms.
//   * The run lasts until a query is issued at 100 ms or later: seven rounds take 101.5 ms, so
//     that is within the seventh. Its queries are issued at 87 ms plus 0, 1.0, 2.1, 3.3, 4.6, 6.0,
//     7.5, 9.1, 10.8, 12.6; the last of them, query 69, at 99.6 ms. So query 70, at 101.5 ms, is
//     the last: 71 queries, over the minimum of 50.
//   * Sorted: eight times 1.0, seven of each other. Index floor(71 * 0.9) = 63: 8 + 8 * 7 = 64
//     values are up to 1.8, so 1.8 ms. Index 35: 36 values are up to 1.4, so 1.4 ms. Index 67 and
//     above: 1.9.
//   * Mean (7 * 14.5 + 1.0) / 71 = 1.443661 ms; 1 / mean = 692.68 queries/s.
//   * With overhead: 70 / 101.5 ms = 689.655 queries/s.
//   * Early stopping of 90 %: 64 queries are needed. 71 allow one over (P(X <= 1) = 0.5 % and
//     P(X <= 2) = 2.2 %, of B(71, 0.1)), so none is discarded and the estimate is the highest.
TEST(single_stream_summary) {
  Rig rig(TestScenario::SingleStream);
  rig.settings.min_query_count = 50;
  rig.settings.min_duration_ms = 100;
  int queries = 0;
  rig.sut.issue = [&](const Samples& samples) {
    rig.Block(samples, kMs + queries++ % 10 * kMs / 10);
  };
  const Report report = rig.Run();
  CHECK(report.valid);
  CHECK_EQ(report.query_count, 71u);
  CHECK_EQ(report.latency_at_target_percentile_ns, 1'800'000);
  CheckGolden(rig, "single_stream");
}

// Sample j of query i takes (j + 1) * (1 + i % 10 / 10) ms, so that a query of four takes 4.0, 4.4
// .. 7.6 ms: 58 ms for ten.
//   * 700 queries, 70 of each latency. Index floor(700 * 0.99) = 693: 7.6 ms; 0.9: index 630, the
//     first of the 7.6; 0.5: index 350, the first of the 6.0; mean 5.8 ms.
//   * Early stopping of 99 %: 662 queries are needed, 700 allow one over; the estimate is 7.6 ms.
//   * The last query is issued at 70 * 58 - 7.6 ms = 4.0524 s, over the minimum of 4 s.
TEST(multi_stream_summary) {
  Rig rig(TestScenario::MultiStream);
  rig.settings.multi_stream_samples_per_query = 4;
  rig.settings.min_query_count = 700;
  rig.settings.min_duration_ms = 4000;
  int queries = 0;
  rig.sut.issue = [&](const Samples& samples) {
    const int64_t step_ns = kMs + queries++ % 10 * kMs / 10;
    for (const QuerySample& sample : samples) rig.Block({sample}, step_ns);
  };
  const Report report = rig.Run();
  CHECK(report.valid);
  CHECK_EQ(report.query_count, 700u);
  CHECK_EQ(report.sample_count, 2800u);
  CHECK_EQ(report.latency_at_target_percentile_ns, 7'600'000);
  CHECK_EQ(report.query_latencies_ns.size(), 700u);
  // Samples of the first query: 1, 2, 3 and 4 ms.
  CHECK_EQ(report.latencies_ns[2], 3 * kMs);
  CheckGolden(rig, "multi_stream");
}

// Whenever they arrive, queries take 2.0, 2.1 .. 2.9 ms, but number 300, which takes 20 ms and so
// is the one over the limit of 10 ms.
//   * 700 queries: 99 % with one over need 662.
//   * Index 693 of 700: 2.9 ms (the 69 or 70 highest but one). The 70 of 2.0 lack number 300, so
//     the mean is (700 * 2.45 + 18) / 700 = 2.475714 ms.
//   * The rates are 699 / scheduled time of the last, and 699 / that plus its latency, 2.9 ms.
//     The schedule is that of seed 0 at 1000 per second, which arrivals_test vouches for.
TEST(server_summary) {
  Rig rig(TestScenario::Server);
  rig.clock.SetAlone();
  rig.settings.server_target_qps = 1000;
  rig.settings.server_target_latency_ns = 10 * kMs;
  rig.settings.min_query_count = 700;
  int queries = 0;
  int64_t last_ns = 0;
  int64_t first_ns = 0;
  rig.sut.issue = [&](const Samples& samples) {
    if (queries == 0) first_ns = rig.clock.NowNs();
    last_ns = rig.clock.NowNs() - first_ns;
    const int64_t latency_ns = queries == 300 ? 20 * kMs : 2 * kMs + queries % 10 * kMs / 10;
    ++queries;
    rig.Later(samples, latency_ns);
  };
  const Report report = rig.Run();
  CHECK(report.valid);
  CHECK_EQ(report.query_count, 700u);
  CHECK_EQ(report.overlatency_query_count.value_or(0), 1u);
  CHECK_EQ(report.latency_ns.mean, 2'475'714);
  CHECK_EQ(report.latency_ns.max, 20 * kMs);
  const double seconds = static_cast<double>(last_ns) / 1e9;
  CHECK_EQ(base::Fixed(report.scheduled_samples_per_second, 6), base::Fixed(699 / seconds, 6));
  CHECK_EQ(base::Fixed(report.completed_samples_per_second, 6),
           base::Fixed(699 / (seconds + 0.0029), 6));
  CheckGolden(rig, "server");
}

// One query of 128 samples, more than 1.1 * 1 s * 100 per second; done in four batches of 300 ms.
//   * 128 / 1.2 s = 106.667 samples/s; latencies 0.3, 0.6, 0.9, 1.2 s, 32 of each: mean 0.75 s,
//     index 64 is the first of the 0.9, index 115 (90 %) is of the 1.2.
TEST(offline_summary) {
  Rig rig(TestScenario::Offline);
  rig.settings.offline_expected_qps = 100;
  rig.settings.min_query_count = 128;
  rig.settings.min_duration_ms = 1000;
  rig.sut.issue = [&](const Samples& samples) {
    CHECK_EQ(samples.size(), 128u);
    for (int64_t batch = 0; batch < 4; ++batch) {
      const auto first = samples.begin() + batch * 32;
      rig.Later(Samples(first, first + 32), (batch + 1) * 300 * kMs);
    }
  };
  const Report report = rig.Run();
  CHECK(report.valid);
  CHECK_EQ(report.query_count, 1u);
  CHECK_EQ(report.sample_count, 128u);
  CheckGolden(rig, "offline");
}
