// The established mlperf::c functions: a SUT made of plain functions and a pointer to their data.

#include <cstdint>
#include <cstdio>
#include <exception>
#include <vector>

#include "c_api.h"

namespace {

struct Model {
  uint64_t samples_answered = 0;
};

void Issue(mlperf::c::ClientData data, const mlperf::QuerySample* samples, size_t count) {
  std::vector<mlperf::QuerySampleResponse> responses;
  responses.reserve(count);
  for (size_t i = 0; i < count; ++i) responses.emplace_back(samples[i].id, 0, 0);
  reinterpret_cast<Model*>(data)->samples_answered += count;
  mlperf::c::QuerySamplesComplete(responses.data(), responses.size());
}

void Flush() {}

void Load(mlperf::c::ClientData, const mlperf::QuerySampleIndex*, size_t) {}

}  // namespace

int main() try {
  mlperf::TestSettings settings;
  settings.scenario = mlperf::TestScenario::Server;
  settings.mode = mlperf::TestMode::PerformanceOnly;
  settings.server_target_qps = 2000;
  settings.min_duration_ms = 500;  // a real run has 600,000

  Model model;
  const auto data = reinterpret_cast<mlperf::c::ClientData>(&model);
  void* sut = mlperf::c::ConstructSUT(data, "callbacks", 9, Issue, Flush);
  void* qsl = mlperf::c::ConstructQSL(0, "nothing", 7, 1024, 1024, Load, Load);
  mlperf::c::StartTest(sut, qsl, settings);  // the result is in mlperf_log_summary.txt
  mlperf::c::DestroyQSL(qsl);
  mlperf::c::DestroySUT(sut);
  std::printf("%llu samples answered\n", static_cast<unsigned long long>(model.samples_answered));
  return 0;
} catch (const std::exception& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
}
