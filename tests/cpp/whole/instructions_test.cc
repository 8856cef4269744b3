// What the hot path costs, in instructions, clock reads and system calls: a budget that no noise
// can break. The budgets are some 5 % above what GCC 12 makes of a release build on x86-64; who
// makes the path cheaper lowers them.

#include <unistd.h>

#include <cstdio>
#include <functional>
#include <string>
#include <vector>

#include "check.h"
#include "fakes.h"
#include "mlperf_loadgen/loadgen.h"
#include "mlperf_loadgen/sample_queue.h"
#include "stepper.h"

using namespace mlperf;

namespace {

constexpr uint64_t kQueries = 2000;
constexpr uint64_t kBegin = 1000;  // caches, pages and lazily bound functions are warm by then
constexpr size_t kStretches = 15;

// A mark at the entry of each call: a stretch is one whole round of the loop. Completes at once,
// all samples of a query in one call. What it does itself is a part of the count.
class NullSut final : public SystemUnderTest {
 public:
  const std::string& Name() override { return name_; }
  void IssueQuery(const std::vector<QuerySample>& samples) override {
    if (++calls_ == kBegin) stepper::Begin();
    stepper::Mark();
    responses_.resize(samples.size());
    for (size_t i = 0; i < samples.size(); ++i) {
      responses_[i] = {samples[i].id, reinterpret_cast<uintptr_t>(&answer_), 1};
    }
    QuerySamplesComplete(responses_.data(), responses_.size());
  }
  void FlushQueries() override {}

 private:
  const std::string name_ = "null";
  const uint8_t answer_ = 0xA5;
  uint64_t calls_ = 0;
  std::vector<QuerySampleResponse> responses_;
};

// Gets one query and completes it in batches of kBatch, a mark before each.
class BatchSut final : public SystemUnderTest {
 public:
  static constexpr size_t kBatch = 16;
  const std::string& Name() override { return name_; }
  void IssueQuery(const std::vector<QuerySample>& samples) override {
    std::vector<QuerySampleResponse> responses;
    responses.reserve(samples.size());
    for (const QuerySample& sample : samples) responses.emplace_back(sample.id, 0, 0);
    for (size_t i = 0; i + kBatch <= samples.size(); i += kBatch) {
      if (i == kBatch * 10) stepper::Begin();
      stepper::Mark();
      QuerySamplesComplete(responses.data() + i, kBatch);
    }
  }
  void FlushQueries() override {}

 private:
  const std::string name_ = "batches";
};

// The same with arrays.
class ArraySut final : public ArraySystemUnderTest {
 public:
  const std::string& Name() override { return name_; }
  void IssueSamples(const SampleSpan& samples) override {
    for (size_t i = 0; i + BatchSut::kBatch <= samples.size; i += BatchSut::kBatch) {
      if (i == BatchSut::kBatch * 10) stepper::Begin();
      stepper::Mark();
      ResponseSpan responses;
      responses.size = BatchSut::kBatch;
      responses.first_id = samples.id(i);
      responses.id_stride = samples.id_stride;
      CompleteSamples(responses);
    }
  }
  void FlushQueries() override {}

 private:
  const std::string name_ = "arrays";
};

struct Budget {
  int64_t instructions;  // of x86-64
  int64_t clock_reads;
  int64_t system_calls = 0;

  // Other instruction sets, for which nobody has counted yet, get half as much again.
  int64_t Allowed() const {
#if defined(__x86_64__)
    return instructions;
#else
    return instructions * 3 / 2;
#endif
  }
};

void Keeps(const char* what, const Budget& budget, const std::function<void()>& body) {
  if (stepper::Skipped()) {
    std::printf("%-28s not counted: MLPERF_LOADGEN_NO_PTRACE is set\n", what);
    return;
  }
  const stepper::Stretch found = stepper::Median(stepper::Step(body, kStretches));
  std::printf(
      "%-28s %4lld instructions, budget %4lld; %lld clock reads, budget %lld; %lld system calls, "
      "budget %lld\n",
      what, static_cast<long long>(found.instructions), static_cast<long long>(budget.Allowed()),
      static_cast<long long>(found.clock_reads), static_cast<long long>(budget.clock_reads),
      static_cast<long long>(found.system_calls), static_cast<long long>(budget.system_calls));
  CHECK(found.instructions <= budget.Allowed());
  CHECK(found.clock_reads <= budget.clock_reads);
  CHECK(found.system_calls <= budget.system_calls);
  CHECK(found.instructions > 20);  // a mark that is never left, or a loop that is not stepped
}

enum class Logs { kNone, kTrace, kSampled, kAll };

void Keeps(const char* what, TestScenario scenario, Logs logs, const Budget& budget,
           SystemUnderTest& sut) {
  TestSettings settings;
  settings.scenario = scenario;
  settings.min_duration_ms = 0;
  settings.min_query_count = scenario == TestScenario::Offline ? 16 * kQueries : kQueries;
  settings.server_target_qps = 1e9;  // always late
  if (logs == Logs::kSampled) settings.accuracy_log_probability = 0.1;
  if (logs == Logs::kAll) settings.accuracy_log_probability = 1;
  const fakes::Folder folder;
  LogSettings files = folder.Logs();
  files.write_files = logs != Logs::kNone;
  files.enable_trace = logs == Logs::kTrace;
  Keeps(what, budget, [&] {
    fakes::FakeQsl qsl;
    RunTest(&sut, &qsl, settings, files, "");
  });
}

// Puts samples into a queue, and takes each at once where `takes`.
void KeepsInQueue(const char* what, bool takes, const Budget& budget) {
  Keeps(what, budget, [&] {
    SampleQueue queue("queue");
    SampleBatch batch;
    const QuerySampleIndex index = 7;
    SampleSpan sample;
    sample.indices = &index;
    sample.size = 1;
    for (sample.first_id = 1;; ++sample.first_id) {
      if (sample.first_id == kBegin) stepper::Begin();
      stepper::Mark();
      queue.IssueSamples(sample);
      if (takes) queue.Take(1, {.max_batch = 8}, &batch);
    }
  });
}

}  // namespace

TEST(the_stepper_counts_instructions) {
  if (stepper::Skipped()) return;
  // 100 more empty assembler lines are 100 instructions more, whatever surrounds them.
  const auto count = [](bool more) {
    return stepper::Median(stepper::Step(
        [more] {
          stepper::Begin();
          for (;;) {
            stepper::Mark();
            if (more) asm volatile(".rept 100\n nop\n .endr");
          }
        },
        5));
  };
  const int64_t difference = count(true).instructions - count(false).instructions;
  CHECK(difference >= 95);
  CHECK(difference <= 105);
}

TEST(the_stepper_counts_clock_reads) {
  if (stepper::Skipped() || stepper::Vdso().end == 0) return;
  const stepper::Stretch found = stepper::Median(stepper::Step(
      [] {
        base::SteadyClock clock;
        stepper::Begin();
        for (;;) {
          stepper::Mark();
          clock.NowNs();
          clock.NowNs();
          clock.NowNs();
        }
      },
      5));
  CHECK_EQ(found.clock_reads, 3);
}

TEST(the_stepper_counts_system_calls) {
  if (stepper::Skipped()) return;
  const stepper::Stretch found = stepper::Median(stepper::Step(
      [] {
        stepper::Begin();
        for (;;) {
          stepper::Mark();
          getppid();
          getppid();
        }
      },
      5));
  CHECK_EQ(found.system_calls, 2);
}

TEST(single_stream) {
  NullSut sut;
  Keeps("SingleStream, a query", TestScenario::SingleStream, Logs::kNone, {510, 2}, sut);
}

TEST(single_stream_with_a_trace) {
  NullSut sut;
  Keeps("SingleStream, traced", TestScenario::SingleStream, Logs::kTrace, {615, 4}, sut);
}

TEST(multi_stream) {
  NullSut sut;
  Keeps("MultiStream, a query of 8", TestScenario::MultiStream, Logs::kNone, {900, 2}, sut);
}

TEST(server_over_capacity) {
  NullSut sut;
  Keeps("Server, a query", TestScenario::Server, Logs::kNone, {490, 2}, sut);
}

TEST(offline_batches) {
  BatchSut sut;
  Keeps("Offline, 16 samples", TestScenario::Offline, Logs::kNone, {820, 1}, sut);
}

TEST(offline_arrays) {
  ArraySut sut;
  Keeps("Offline, array of 16", TestScenario::Offline, Logs::kNone, {955, 1}, sut);
}

TEST(sampled_logging_of_an_answer_that_is_not_logged) {
  NullSut sut;
  Keeps("SingleStream, sampled", TestScenario::SingleStream, Logs::kSampled, {520, 2}, sut);
}

// The one system call finds out whether the answer can be read; nobody is woken for a record.
TEST(sampled_logging_of_an_answer) {
  NullSut sut;
  Keeps("SingleStream, logged", TestScenario::SingleStream, Logs::kAll, {960, 2, 1}, sut);
}

TEST(a_queue_takes_a_sample_in) { KeepsInQueue("SampleQueue, an issue", false, {118, 0}); }

TEST(a_queue_gives_a_sample_out) { KeepsInQueue("SampleQueue, in and out", true, {680, 1}); }
