#include "track/slots.h"

#include <atomic>
#include <thread>
#include <vector>

#include "check.h"

using namespace mlperf::track;
using Times = std::vector<int64_t>;

namespace {

constexpr uint64_t kGeneration = 7;

int64_t Hundreds(uint64_t query) { return static_cast<int64_t>(query) * 100; }

}  // namespace

TEST(ids_name_samples_in_order) {
  const Slots slots(kGeneration, 3, 4, false);
  CHECK_EQ(slots.sample_count(), 12u);
  CHECK_EQ(PlaceOf(slots.FirstId(2)), 8u);
  CHECK_EQ(GenerationOf(slots.FirstId(2)), kGeneration);
  CHECK_EQ(slots.QueryOf(7), 1u);
  CHECK_EQ(Slots(1, 5, 1, false).QueryOf(3), 3u);
}

TEST(find_says_why_an_id_names_nothing) {
  Slots slots(kGeneration, 3, 2, false);
  const auto first = slots.FirstId(0);
  CHECK(slots.Find(first).fault == Fault::kNotIssued);
  slots.MarkIssued(0, 0);
  CHECK(slots.Find(first).fault == Fault::kNone);
  CHECK(slots.Find(first + 1).fault == Fault::kNone);
  CHECK(slots.Find(first + 2).fault == Fault::kNotIssued);
  CHECK(slots.Find(first + 6).fault == Fault::kUnknownId);
  CHECK(slots.Find(0).fault == Fault::kUnknownId);
  CHECK(slots.Find(1).fault == Fault::kUnknownId);
  CHECK(slots.Find(~mlperf::ResponseId{0}).fault == Fault::kUnknownId);
  CHECK(slots.Find(MakeId(kGeneration + 1, 0)).fault == Fault::kUnknownId);
  CHECK(slots.Find(MakeId(kGeneration - 1, 0)).fault == Fault::kOldId);
}

TEST(completed_once) {
  Slots slots(kGeneration, 1, 1, false);
  CHECK_EQ(slots.IssuedAt(0), -1);
  CHECK_EQ(slots.DoneAt(0), -1);
  slots.MarkIssued(0, 0);  // time zero is a time
  CHECK_EQ(slots.IssuedAt(0), 0);
  CHECK(slots.Complete(0, 0));
  CHECK(!slots.Complete(0, 5));
  CHECK_EQ(slots.DoneAt(0), 0);
}

TEST(one_of_many_threads_completes_a_sample) {
  constexpr uint64_t kSamples = 20000;
  Slots slots(kGeneration, kSamples, 1, false);
  std::atomic<uint64_t> completed{0};
  std::vector<std::thread> threads;
  for (int64_t t = 0; t < 3; ++t) {
    threads.emplace_back([&, t] {
      uint64_t mine = 0;
      for (uint64_t i = 0; i < kSamples; ++i) mine += slots.Complete(i, t);
      completed += mine;
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK_EQ(completed.load(), kSamples);
}

TEST(measures_samples) {
  Slots slots(kGeneration, 4, 1, false);
  for (uint64_t query = 0; query < 3; ++query) slots.MarkIssued(query, Hundreds(query) + 1);
  slots.Complete(0, 350);
  slots.Complete(1, 120);
  slots.Complete(2, 290);
  const Measurements m = slots.Measure(3, Hundreds);
  CHECK_EQ(m.queries_issued, 3u);
  CHECK_EQ(m.samples_issued, 3u);
  CHECK_EQ(m.missing_samples, 0u);
  CHECK_EQ(m.sample_latency_ns, (Times{350, 20, 90}));
  CHECK(m.query_latency_ns.empty());
  CHECK(m.ttft_ns.empty());
  CHECK_EQ(m.final_scheduled_ns, 200);
  CHECK_EQ(m.final_issued_ns, 201);
  CHECK_EQ(m.final_all_done_ns, 290);
  CHECK_EQ(m.last_completion_ns, 350);
}

TEST(measures_queries_by_their_last_sample) {
  Slots slots(kGeneration, 2, 3, false);
  slots.MarkIssued(0, 0);
  slots.MarkIssued(1, 100);
  const int64_t done[] = {30, 70, 10, 150, 110, 190};
  for (uint64_t i = 0; i < 6; ++i) slots.Complete(i, done[i]);
  const Measurements m = slots.Measure(2, Hundreds);
  CHECK_EQ(m.samples_per_query, 3u);
  CHECK_EQ(m.sample_latency_ns, (Times{30, 70, 10, 50, 10, 90}));
  CHECK_EQ(m.query_latency_ns, (Times{70, 90}));
  CHECK(m.gap_ns.empty());
  CHECK_EQ(m.final_all_done_ns, 190);
}

TEST(a_gap_is_from_the_last_completion_to_the_next_issue) {
  Slots slots(kGeneration, 3, 2, false);
  const int64_t issued[] = {0, 75, 200};
  for (uint64_t query = 0; query < 3; ++query) slots.MarkIssued(query, issued[query]);
  const int64_t done[] = {70, 30, 150, 190, 210, 220};
  for (uint64_t i = 0; i < 6; ++i) slots.Complete(i, done[i]);
  const auto gaps = [&](uint64_t queries) {
    return slots.Measure(queries, Hundreds, Slots::Then::kKeep, Slots::Gaps::kMeasure).gap_ns;
  };
  CHECK_EQ(gaps(3), (Times{5, 10}));
  CHECK(gaps(1).empty());
  CHECK(gaps(0).empty());
}

TEST(a_single_query_of_many_samples_has_no_query_latency) {
  Slots slots(kGeneration, 1, 2, false);
  slots.MarkIssued(0, 0);
  slots.Complete(0, 5);
  slots.Complete(1, 6);
  CHECK(slots.Measure(1, Hundreds).query_latency_ns.empty());
}

TEST(missing_samples_are_left_out) {
  Slots slots(kGeneration, 3, 2, false);
  for (uint64_t query = 0; query < 2; ++query) slots.MarkIssued(query, Hundreds(query));
  slots.Complete(0, 40);
  slots.Complete(1, 50);
  slots.Complete(3, 180);
  const Measurements m = slots.Measure(2, Hundreds);
  CHECK_EQ(m.samples_issued, 4u);
  CHECK_EQ(m.missing_samples, 1u);
  CHECK_EQ(m.sample_latency_ns, (Times{40, 50, 80}));
  CHECK_EQ(m.query_latency_ns, (Times{50}));
}

TEST(tokens) {
  Slots slots(kGeneration, 3, 1, true);
  CHECK(slots.tokens());
  for (uint64_t query = 0; query < 3; ++query) slots.MarkIssued(query, Hundreds(query));
  CHECK(!slots.HasFirstToken(0));
  CHECK(slots.FirstToken(0, 0) == Fault::kNone);
  CHECK(slots.HasFirstToken(0));
  CHECK(slots.FirstToken(0, 9) == Fault::kFirstTokenTwice);
  slots.FirstToken(1, 130);
  for (uint64_t i = 0; i < 3; ++i) {
    CHECK(slots.Complete(i, Hundreds(i) + 60));
    slots.SetTokenCount(i, static_cast<int64_t>(10 + i));
  }
  CHECK(slots.FirstToken(2, 300) == Fault::kLateFirstToken);
  const Measurements m = slots.Measure(3, Hundreds);
  CHECK_EQ(m.ttft_ns, (Times{0, 30, 0}));
  CHECK_EQ(m.n_tokens, (Times{10, 11, 12}));
}

// What is measured is given back while the rest is still to be measured.
TEST(measured_alike_when_slots_are_forgotten) {
  constexpr uint64_t kSamples = 5'000'000;
  for (const uint64_t samples_per_query : {uint64_t{1}, uint64_t{5}, kSamples}) {
    Slots slots(kGeneration, kSamples / samples_per_query, samples_per_query, true);
    const uint64_t queries = slots.query_count();
    for (uint64_t query = 0; query < queries; ++query) slots.MarkIssued(query, Hundreds(query));
    for (uint64_t i = 0; i < kSamples; ++i) {
      if (i % 1000 == 999) continue;
      slots.FirstToken(i, Hundreds(i) + 1);
      slots.Complete(i, Hundreds(i) + static_cast<int64_t>(i % 77));
      slots.SetTokenCount(i, static_cast<int64_t>(i % 5));
    }
    const Measurements kept = slots.Measure(queries, Hundreds);
    const Measurements m = slots.Measure(queries, Hundreds, Slots::Then::kForget);
    CHECK_EQ(m.missing_samples, kSamples / 1000);
    CHECK(m.sample_latency_ns == kept.sample_latency_ns);
    CHECK(m.query_latency_ns == kept.query_latency_ns);
    CHECK(m.ttft_ns == kept.ttft_ns);
    CHECK(m.n_tokens == kept.n_tokens);
    CHECK_EQ(m.final_issued_ns, kept.final_issued_ns);
    CHECK_EQ(m.last_completion_ns, kept.last_completion_ns);
#ifdef __linux__
    CHECK_EQ(slots.DoneAt(1 << 20), -1);
#endif
    CHECK(slots.DoneAt(kSamples - 2) >= 0);
  }
}
