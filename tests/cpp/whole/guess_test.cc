// Ids that a SUT guesses, and completes in a call that began before they were issued.

#include <atomic>
#include <thread>

#include "check.h"
#include "fakes.h"
#include "mlperf_loadgen/loadgen.h"

using namespace mlperf;
using fakes::Samples;

// The callback of the first sample keeps the call inside until the second one is issued. Were it
// taken for complete at the time of the call, its latency would be below zero.
TEST(a_guessed_sample_is_not_completed) {
  const fakes::Folder folder;
  for (const bool tokens : {false, true}) {
    TestSettings settings;
    settings.scenario = TestScenario::Server;
    settings.mode = TestMode::PerformanceOnly;
    settings.min_duration_ms = 0;
    settings.min_query_count = 2;
    settings.server_target_qps = 1000;
    settings.accuracy_log_probability = 1;
    settings.use_token_latencies = tokens;
    std::atomic<int> issued{0};
    std::atomic<bool> inside{false};
    const auto wait = [&](QuerySampleResponse*) {
      inside = true;
      while (issued < 2) std::this_thread::yield();
    };
    std::thread eager;
    fakes::FakeSut sut;
    fakes::FakeQsl qsl;
    sut.issue = [&](const Samples& samples) {
      const ResponseId id = samples.front().id;
      if (++issued == 1) {
        eager = std::thread([&, id] {
          QuerySampleResponse responses[] = {{id, 0, 0, 4}, {id + 1, 0, 0, 4}};
          if (tokens) {
            FirstTokenComplete(responses, 2, wait);
          } else {
            QuerySamplesComplete(responses, 2, wait);
          }
        });
        while (!inside) std::this_thread::yield();
        return;
      }
      eager.join();
      QuerySampleResponse responses[] = {{id - 1, 0, 0, 4}, {id, 0, 0, 4}};
      if (tokens) FirstTokenComplete(responses + 1, 1);
      QuerySamplesComplete(tokens ? responses : responses + 1, tokens ? 2 : 1);
    };
    const Report report = RunTest(&sut, &qsl, settings, folder.Logs(), "");
    CHECK(report.complete);
    CHECK(!report.valid);
    CHECK_EQ(report.sample_count, 2u);
    CHECK_EQ(report.error_count, 1u);
    CHECK(!report.errors.empty() && report.errors[0].find("not issued yet") != std::string::npos);
    CHECK(report.latency_ns.min >= 0);
    if (tokens) CHECK(report.tokens && report.tokens->ttft_ns.min >= 0);
  }
}
