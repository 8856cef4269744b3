// Between the first IssueQuery and the last completion nothing is allocated: an allocation may take
// a lock, or a trip to the system, and its time would be measured as the SUT's.

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <new>
#include <string>
#include <thread>
#include <vector>

#include "check.h"
#include "mlperf_loadgen/c_api.h"
#include "mlperf_loadgen/loadgen.h"
#include "mlperf_loadgen/mlperf_loadgen.h"
#include "mlperf_loadgen/sample_queue.h"
#include "rig.h"

namespace {

std::atomic<bool> counting{false};
std::atomic<int> allocations{0};

void* Allocate(std::size_t size, std::size_t alignment) {
  if (counting) ++allocations;
  // aligned_alloc needs a multiple of the alignment.
  void* const memory = std::aligned_alloc(alignment, (size + alignment) / alignment * alignment);
  if (memory == nullptr) std::abort();
  return memory;
}

}  // namespace

void* operator new(std::size_t size) { return Allocate(size, alignof(std::max_align_t)); }
void* operator new[](std::size_t size) { return Allocate(size, alignof(std::max_align_t)); }
void* operator new(std::size_t size, std::align_val_t alignment) {
  return Allocate(size, static_cast<std::size_t>(alignment));
}
void* operator new[](std::size_t size, std::align_val_t alignment) {
  return Allocate(size, static_cast<std::size_t>(alignment));
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }

using namespace mlperf;
using fakes::Samples;

namespace {

constexpr uint64_t kQueries = 500;

// Counts from the first IssueQuery until `samples` are completed.
class Counting {
 public:
  explicit Counting(uint64_t samples) : missing_(samples) { allocations = 0; }
  void Issued() {
    if (!begun_.exchange(true)) counting = true;
  }
  void Completed(uint64_t samples) {
    if (missing_.fetch_sub(samples) == samples) counting = false;
  }
  uint64_t missing() const { return missing_; }

 private:
  std::atomic<bool> begun_{false};
  std::atomic<uint64_t> missing_;
};

constexpr TestScenario kScenarios[] = {TestScenario::SingleStream, TestScenario::MultiStream,
                                       TestScenario::Server, TestScenario::Offline,
                                       TestScenario::MultiStreamFixedInterval};

uint64_t SamplesPerQuery(TestScenario scenario) {
  const TestSettings defaults;
  switch (scenario) {
    case TestScenario::MultiStream: return defaults.multi_stream_samples_per_query;
    case TestScenario::MultiStreamFixedInterval:
      return defaults.multi_stream_interval_samples_per_query;
    default: return 1;
  }
}

void Complete(const Samples& samples, bool tokens) {
  for (const QuerySample& sample : samples) {
    QuerySampleResponse response(sample.id, 0, 0, 3);
    if (tokens) FirstTokenComplete(&response, 1);
    QuerySamplesComplete(&response, 1);
  }
}

}  // namespace

TEST(the_counter_counts) {
  allocations = 0;
  counting = true;
  std::vector<int>* const memory = new std::vector<int>(100);
  counting = false;
  delete memory;
  CHECK_EQ(allocations.load(), 2);
}

TEST(completed_inside_issue_query) {
  for (const TestScenario scenario : kScenarios) {
    for (const bool tokens : {false, true}) {
      rig::Rig rig(scenario);
      rig.settings.min_query_count = kQueries;
      rig.settings.use_token_latencies = tokens;
      Counting counting_samples(kQueries * SamplesPerQuery(scenario));
      rig.sut.issue = [&](const Samples& samples) {
        counting_samples.Issued();
        rig.clock.Advance(fakes::kMs);
        Complete(samples, tokens);
        counting_samples.Completed(samples.size());
      };
      const Report report = rig.Run();
      CHECK_EQ(counting_samples.missing(), 0u);
      CHECK(report.complete);
      CHECK_EQ(report.error_count, 0u);
      CHECK_EQ(allocations.load(), 0);
    }
  }
}

// A block of the log holds them all; there is none a record. The log has its writer started, too.
TEST(answers_that_are_logged) {
  constexpr int kOfTheLog = 10;
  for (const double share : {0.1, 1.0}) {
    rig::Rig rig(TestScenario::SingleStream);
    rig.settings.min_query_count = kQueries;
    rig.settings.accuracy_log_probability = share;
    Counting counting_samples(kQueries);
    rig.sut.issue = [&](const Samples& samples) {
      counting_samples.Issued();
      rig.Block(samples, fakes::kMs);
      counting_samples.Completed(samples.size());
    };
    CHECK(rig.Run().complete);
    CHECK(rig.AccuracyRecords() >= kQueries / 20);
    CHECK_EQ(counting_samples.missing(), 0u);
    CHECK(allocations <= kOfTheLog);
  }
}

// The real clock, real waiting, and another thread.
TEST(completed_by_another_thread) {
  for (const TestScenario scenario : kScenarios) {
    const fakes::Folder folder;
    fakes::FakeQsl qsl;
    fakes::FakeSut sut;
    TestSettings settings;
    settings.scenario = scenario;
    settings.min_duration_ms = 0;
    settings.min_query_count = kQueries;
    settings.server_target_qps = 20000;
    settings.multi_stream_interval_target_qps = 20000;
    Counting counting_samples(kQueries * SamplesPerQuery(scenario));
    // Ids run on from the first; so two numbers say what is to be done.
    std::atomic<ResponseId> first_id{0};
    std::atomic<uint64_t> issued{0};
    std::atomic<bool> stop{false};
    std::thread server([&] {
      for (uint64_t done = 0; !stop;) {
        const uint64_t until = issued;
        for (; done < until; ++done) {
          QuerySampleResponse response(first_id + done, 0, 0);
          // Before: once the last is completed, the test goes on to its report.
          counting_samples.Completed(1);
          QuerySamplesComplete(&response, 1);
        }
        std::this_thread::yield();
      }
    });
    sut.issue = [&](const Samples& samples) {
      counting_samples.Issued();
      if (issued == 0) first_id = samples[0].id;
      issued += samples.size();
    };
    const Report report = RunTest(&sut, &qsl, settings, folder.Logs(), "");
    stop = true;
    server.join();
    CHECK(report.complete);
    CHECK_EQ(counting_samples.missing(), 0u);
    CHECK_EQ(allocations.load(), 0);
  }
}

namespace {

class ArraySut : public ArraySystemUnderTest {
 public:
  explicit ArraySut(Counting* counting_samples) : counting_samples_(counting_samples) {}
  const std::string& Name() override { return name_; }
  void IssueSamples(const SampleSpan& samples) override {
    counting_samples_->Issued();
    ResponseSpan responses;
    responses.size = samples.size;
    responses.first_id = samples.first_id;
    responses.id_stride = samples.id_stride;
    CompleteSamples(responses);
    counting_samples_->Completed(samples.size);
  }
  void FlushQueries() override {}

 private:
  const std::string name_ = "arrays";
  Counting* const counting_samples_;
};

}  // namespace

TEST(arrays) {
  for (const TestScenario scenario : {TestScenario::SingleStream, TestScenario::Offline}) {
    const fakes::Folder folder;
    fakes::FakeQsl qsl;
    Counting counting_samples(kQueries);
    ArraySut sut(&counting_samples);
    TestSettings settings;
    settings.scenario = scenario;
    settings.min_duration_ms = 0;
    settings.min_query_count = kQueries;
    const Report report = RunTest(&sut, &qsl, settings, folder.Logs(), "");
    CHECK(report.complete);
    CHECK_EQ(counting_samples.missing(), 0u);
    CHECK_EQ(allocations.load(), 0);
  }
}

// The first test finds out how much memory the queue and its workers need.
TEST(taken_from_a_queue) {
  for (const TestScenario scenario :
       {TestScenario::SingleStream, TestScenario::MultiStream, TestScenario::Server}) {
    SampleQueue queue("pulled");
    SampleBatch batches[2];
    for (SampleBatch& batch : batches) batch.Reserve(64);
    for (const bool warm : {false, true}) {
      const fakes::Folder folder;
      fakes::FakeQsl qsl;
      Counting counting_samples(kQueries * SamplesPerQuery(scenario));
      const uint64_t test = queue.Test();
      std::vector<std::thread> workers;
      for (SampleBatch& batch : batches) {
        workers.emplace_back([&, test] {
          while (queue.Take(test, {.max_batch = 64}, &batch) == SampleQueue::Outcome::kTaken) {
            counting_samples.Issued();
            counting_samples.Completed(batch.size());
            CompleteSamples(batch.Responses());
          }
        });
      }
      TestSettings settings;
      settings.scenario = scenario;
      settings.min_duration_ms = 0;
      settings.min_query_count = kQueries;
      settings.server_target_qps = 20000;
      const Report report = RunTest(&queue, &qsl, settings, folder.Logs(), "");
      for (std::thread& worker : workers) worker.join();
      CHECK(report.complete);
      CHECK_EQ(counting_samples.missing(), 0u);
      if (warm) CHECK_EQ(allocations.load(), 0);
    }
  }
}

TEST(through_the_established_c_functions) {
  const c::IssueQueryCallback issue = [](c::ClientData counting_samples, const QuerySample* samples,
                                         size_t count) {
    auto& counting_these = *reinterpret_cast<Counting*>(counting_samples);
    counting_these.Issued();
    for (size_t i = 0; i < count; ++i) {
      QuerySampleResponse response(samples[i].id, 0, 0);
      c::QuerySamplesCompleteResponseCb(
          &response, 1, [](c::ClientData, QuerySampleResponse*) {}, 0);
    }
    counting_these.Completed(count);
  };
  const c::LoadSamplesToRamCallback load = [](c::ClientData, const QuerySampleIndex*, size_t) {};
  const fakes::Folder folder;
  const auto before = std::filesystem::current_path();
  std::filesystem::current_path(folder / "");  // where the logs go
  Counting counting_samples(kQueries);
  void* const sut =
      c::ConstructSUT(reinterpret_cast<c::ClientData>(&counting_samples), "SUT", 3, issue, [] {});
  void* const qsl = c::ConstructQSL(0, "QSL", 3, 64, 64, load, load);
  TestSettings settings;
  settings.min_duration_ms = 0;
  settings.min_query_count = kQueries;
  c::StartTest(sut, qsl, settings);
  std::filesystem::current_path(before);
  c::DestroySUT(sut);
  c::DestroyQSL(qsl);
  CHECK_EQ(counting_samples.missing(), 0u);
  CHECK_EQ(allocations.load(), 0);
}

TEST(through_the_header_for_c) {
  const mlperf_loadgen_issue_fn issue = [](void* user, const mlperf_loadgen_sample* samples,
                                           size_t count) -> int32_t {
    auto& counting_samples = *static_cast<Counting*>(user);
    counting_samples.Issued();
    for (size_t i = 0; i < count; ++i) {
      const mlperf_loadgen_response response = {samples[i].id, 0, 0, 0};
      mlperf_loadgen_complete(
          &response, 1, [](void*, mlperf_loadgen_response*) -> int32_t { return 0; }, user);
    }
    counting_samples.Completed(count);
    return 0;
  };
  Counting counting_samples(kQueries);
  mlperf_loadgen_sut* sut = nullptr;
  mlperf_loadgen_qsl* qsl = nullptr;
  mlperf_loadgen_settings* settings = nullptr;
  mlperf_loadgen_sut_create("SUT", issue, nullptr, &counting_samples, &sut);
  mlperf_loadgen_qsl_create("QSL", 64, 64, nullptr, nullptr, nullptr, &qsl);
  mlperf_loadgen_settings_create(&settings);
  mlperf_loadgen_settings_set(settings, "min_duration_ms", "0");
  mlperf_loadgen_settings_set(settings, "min_query_count", std::to_string(kQueries).c_str());
  mlperf_loadgen_settings_set(settings, "write_files", "false");
  CHECK_EQ(mlperf_loadgen_run(sut, qsl, settings, nullptr), MLPERF_LOADGEN_OK);
  mlperf_loadgen_settings_destroy(settings);
  mlperf_loadgen_qsl_destroy(qsl);
  mlperf_loadgen_sut_destroy(sut);
  CHECK_EQ(counting_samples.missing(), 0u);
  CHECK_EQ(allocations.load(), 0);
}
