// The completion calls for callers that hold a lock: what they take, and what they leave alone.

#include <vector>

#include "base/spare_core.h"
#include "check.h"
#include "mlperf_loadgen/embedding.h"
#include "rig.h"

using namespace mlperf;
using fakes::kMs;
using fakes::Samples;
using rig::Rig;

namespace {

size_t Take(const Samples& samples) {
  std::vector<QuerySampleResponse> responses;
  for (const QuerySample& sample : samples) responses.emplace_back(sample.id, 0, 0, 2);
  return CompleteWithoutWaiting(responses.data(), responses.size());
}

ResponseSpan Span(const Samples& samples) {
  ResponseSpan span;
  span.size = samples.size();
  span.first_id = samples.front().id;
  return span;
}

}  // namespace

TEST(nothing_is_taken_while_no_test_runs) {
  QuerySampleResponse response(1, 0, 0);
  CHECK_EQ(CompleteWithoutWaiting(&response, 1), 0u);
  CHECK_EQ(FirstTokenWithoutWaiting(&response, 1), 0u);
  CHECK_EQ(CompleteSamplesWithoutWaiting(Span({{1, 0}})), 0u);
  CHECK_EQ(CompleteFirstTokensWithoutWaiting(Span({{1, 0}})), 0u);
}

TEST(all_are_taken_where_nothing_is_logged) {
  for (const bool arrays : {false, true}) {
    Rig rig(TestScenario::MultiStream);
    rig.settings.multi_stream_samples_per_query = 4;
    rig.settings.max_query_count = 10;
    rig.sut.issue = [&](const Samples& samples) {
      rig.clock.Advance(kMs);
      CHECK_EQ(arrays ? CompleteSamplesWithoutWaiting(Span(samples)) : Take(samples), 4u);
      CHECK_EQ(Take(samples), 0u);  // a second time is for the log
    };
    const Report report = rig.Run();
    CHECK_EQ(rig.Failure(), "");
    CHECK_EQ(report.error_count, 0u);
    CHECK_EQ(report.latencies_ns, std::vector<int64_t>(40, kMs));
  }
}

TEST(a_wrong_id_stops_it_before_anything_is_counted_or_logged) {
  Rig rig(TestScenario::MultiStream);
  rig.settings.multi_stream_samples_per_query = 4;
  rig.settings.max_query_count = 10;
  rig.sut.issue = [&](const Samples& samples) {
    Samples wrong = samples;
    wrong[2].id = 7;
    CHECK_EQ(Take(wrong), 2u);
    CHECK_EQ(Take({samples[2], samples[3]}), 2u);
  };
  const Report report = rig.Run();
  CHECK_EQ(rig.Failure(), "");
  CHECK_EQ(report.error_count, 0u);
  CHECK_EQ(report.missing_samples, 0u);
}

TEST(a_response_that_is_logged_is_left_to_the_other_call) {
  Rig accuracy(TestScenario::SingleStream, TestMode::AccuracyOnly);
  accuracy.sut.issue = [&](const Samples& samples) {
    CHECK_EQ(Take(samples), 0u);
    Rig::Complete(samples.front().id);
  };
  accuracy.Run();
  CHECK_EQ(accuracy.AccuracyRecords(), 64u);

  Rig sampled(TestScenario::SingleStream);
  sampled.settings.min_query_count = sampled.settings.max_query_count = 200;
  sampled.settings.accuracy_log_probability = 0.5;
  size_t left = 0;
  sampled.sut.issue = [&](const Samples& samples) {
    if (Take(samples) == 1) return;
    ++left;
    Rig::Complete(samples.front().id);
  };
  sampled.Run();
  CHECK_EQ(sampled.AccuracyRecords(), left);
  CHECK(left > 50 && left < 150);
}

// The issuing thread waits for the last of a query's samples: what lets it go is left to the call
// that gives the lock up. It yields to nobody itself.
TEST(what_lets_the_issuing_thread_go_is_left_to_the_other_call) {
  Rig rig(TestScenario::MultiStream);
  rig.settings.multi_stream_samples_per_query = 4;
  rig.settings.max_query_count = 10;
  rig.settings.min_duration_ms = 0;
  size_t taken = 0;
  size_t left = 0;
  rig.sut.issue = [&](const Samples& samples) {
    YieldToIssuer();
    rig.clock.At(rig.clock.NowNs() + 5 * fakes::kUs, [&, samples] {
      for (const QuerySample& sample : samples) {
        if (Take({sample}) == 1) {
          ++taken;
          continue;
        }
        ++left;
        Rig::Complete(sample.id);
      }
    });
  };
  rig.clock.SetTick(fakes::kUs);
  const Report report = rig.Run();
  CHECK_EQ(rig.Failure(), "");
  CHECK_EQ(report.missing_samples, 0u);
  CHECK_EQ(taken + left, 40u);
  // A thread that has but one processor never spins. The first query may be found done already.
  CHECK(base::SpareCore().Alone() ? left == 0u : left >= 9u);
}

TEST(tokens_that_are_in_order_are_taken) {
  Rig rig(TestScenario::Server);
  rig.settings.use_token_latencies = true;
  rig.sut.issue = [&](const Samples& samples) {
    CHECK_EQ(Take(samples), 0u);  // without a first token: a fault
    rig.clock.Advance(kMs);
    CHECK_EQ(CompleteFirstTokensWithoutWaiting(Span(samples)), 1u);
    CHECK_EQ(CompleteFirstTokensWithoutWaiting(Span(samples)), 0u);
    rig.clock.Advance(kMs);
    CHECK_EQ(Take(samples), 1u);
  };
  const Report report = rig.Run();
  CHECK_EQ(rig.Failure(), "");
  CHECK_EQ(report.error_count, 0u);
  CHECK(report.tokens.has_value());
  CHECK_EQ(report.tokens->token_count, static_cast<int64_t>(2 * report.latencies_ns.size()));
}
