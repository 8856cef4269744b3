// The search for the highest rate that is valid: by itself, and in whole tests.

#include "run/peak_search.h"

#include <algorithm>

#include "base/text.h"
#include "check.h"
#include "rig.h"

using namespace mlperf;
using fakes::kMs;
using fakes::Samples;
using rig::Rig;

namespace {

std::string Quoted(const std::string& text) { return "\"" + text + "\""; }

}  // namespace

TEST(peak_search) {
  for (const double truth : {10.0, 10.49, 37.25, 79.99, 80.0, 3000.0}) {
    run::PeakSearch search;
    search.start_qps = 10;
    search.decimals = 1;
    search.passes = [&](double qps) { return qps <= truth; };
    search.say = [](const std::string&) {};
    const double found = run::FindPeak(search).value_or(0);
    CHECK(found <= truth);
    CHECK(found > truth - 0.2);
  }
  run::PeakSearch endless;
  int trials = 0;
  endless.passes = [&](double) { return ++trials < 10000; };
  endless.say = [](const std::string&) {};
  CHECK(run::FindPeak(endless).has_value());
  CHECK(trials < 500);
}

TEST(peak_search_goes_down) {
  for (const double truth : {0.3, 1.0, 9.9, 37.25, 399.0}) {
    run::PeakSearch search;
    search.start_qps = 400;
    search.decimals = 1;
    search.passes = [&](double qps) { return qps <= truth; };
    search.say = [](const std::string&) {};
    const double found = run::FindPeak(search).value_or(0);
    CHECK(found <= truth);
    CHECK(found > truth - 0.2);
    search.lower_may_pass = [] { return false; };
    CHECK(!run::FindPeak(search).has_value());
  }
}

// Server of one at a time, 10 ms each: it cannot keep up with 100 per second.
TEST(find_peak_performance) {
  Rig rig(TestScenario::Server, TestMode::FindPeakPerformance);
  rig.clock.SetAlone();
  rig.settings.server_target_qps = 10;
  rig.settings.server_target_latency_ns = 100 * kMs;
  rig.settings.min_query_count = 1000;
  rig.settings.server_find_peak_qps_decimals_of_precision = 0;
  int64_t free_ns = 0;
  rig.sut.issue = [&](const Samples& samples) {
    free_ns = std::max(free_ns, rig.clock.NowNs()) + 10 * kMs;
    rig.Later(samples, free_ns - rig.clock.NowNs());
  };
  const Report report = rig.Run();
  CHECK_EQ(rig.Failure(), "");
  CHECK(report.valid);
  CHECK(report.settings.target_qps > 40 && report.settings.target_qps < 100);
  CHECK_EQ(report.sample_count, report.query_count);
  CHECK_EQ(rig.Complaints(), std::vector<std::string>{});

  const size_t trials = rig.Values("loaded_qsl_set").size();
  CHECK(trials > 5);
  const auto messages = rig.Values("generic_message");
  CHECK_EQ(messages.at(0), Quoted("Starting FindPeakPerformance mode"));
  CHECK_EQ(messages.at(1),
           Quoted("FindPeakPerformance: Check validity of the base settings field: 10.000000"));
  CHECK_EQ(messages.at(2), Quoted("FindBoundaries: Checking fields [10.000000, 20.000000)"));
  CHECK_EQ(messages.back(), Quoted("FindPeakPerformance: Found peak performance field: " +
                                   base::Fixed(report.settings.target_qps, 6)));
  CHECK_EQ(messages.size(), trials + 3);  // one before each, first, boundaries, peak
  CHECK_EQ(rig.Values("result_validity"), std::vector<std::string>{Quoted("VALID")});
  const auto entries = rig.Detail();
  CHECK_EQ(entries.back().key, "num_errors");
}

TEST(find_peak_performance_that_cannot_start) {
  Rig rig(TestScenario::Server, TestMode::FindPeakPerformance);
  rig.clock.SetAlone();
  rig.settings.server_target_latency_ns = kMs;
  rig.sut.issue = [&](const Samples& samples) { rig.Later(samples, 2 * kMs); };
  const Report report = rig.Run();
  CHECK(!report.valid);
  CHECK_EQ(rig.Values("loaded_qsl_set").size(), 1u);
  CHECK(
      rig.HasError("FindPeakPerformance: Initial lower bound does not satisfy performance "
                   "constraints, msg: Reduce target QPS to improve latency."));
}

// From above, because the first rate is too high: a SUT of one at a time, 10 ms each.
TEST(find_peak_performance_goes_down) {
  Rig rig(TestScenario::Server, TestMode::FindPeakPerformance);
  rig.clock.SetAlone();
  rig.settings.server_target_qps = 400;
  rig.settings.server_target_latency_ns = 100 * kMs;
  rig.settings.server_find_peak_qps_decimals_of_precision = 0;
  int64_t free_ns = 0;
  rig.sut.issue = [&](const Samples& samples) {
    free_ns = std::max(free_ns, rig.clock.NowNs()) + 10 * kMs;
    rig.Later(samples, free_ns - rig.clock.NowNs());
  };
  const Report report = rig.Run();
  CHECK(report.valid);
  CHECK(report.settings.target_qps > 40 && report.settings.target_qps < 100);
  CHECK_EQ(report.peak.value_or(0), report.settings.target_qps);
  CHECK_EQ(report.query_count, 459u);  // as many as early stopping needs
  CHECK_EQ(report.peak_trials.size(), rig.Values("loaded_qsl_set").size());
  CHECK_EQ(report.peak_trials.at(0).load, 400.0);
  CHECK(!report.peak_trials.at(0).valid);
  CHECK(report.peak_trials.at(0).latency_at_target_percentile_ns > 100 * kMs);
  CHECK_EQ(report.peak_trials.at(0).reason, "Reduce target QPS to improve latency.");
  CHECK_EQ(report.peak_trials.at(1).load, 200.0);
  CHECK_EQ(rig.Complaints(), std::vector<std::string>{});
}

// Too slow for its limit at any rate: two queries of three are in time, whatever the rate.
TEST(find_peak_performance_gives_up_where_no_rate_helps) {
  Rig rig(TestScenario::Server, TestMode::FindPeakPerformance);
  rig.clock.SetAlone();
  rig.settings.server_target_qps = 10;
  rig.settings.server_target_latency_ns = 2 * kMs;
  int64_t queries = 0;
  rig.sut.issue = [&](const Samples& samples) {
    rig.Later(samples, ++queries % 3 == 0 ? 3 * kMs : kMs);
  };
  const Report report = rig.Run();
  CHECK(!report.valid);
  CHECK(!report.peak.has_value());
  CHECK_EQ(report.peak_trials.size(), 2u);
  CHECK(rig.HasError("msg: Reduce target QPS to improve latency."));
}
