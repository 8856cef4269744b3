// The values that cross over: every way to build a response, bytes that a callback brings, token
// counts and first tokens.

#include <functional>
#include <type_traits>
#include <vector>

#include "expect.h"
#include "loadgen.h"
#include "query_sample.h"

using namespace mlperf;

static_assert(std::is_same<ResponseId, uintptr_t>::value, "");
static_assert(std::is_same<QuerySampleIndex, size_t>::value, "");
static_assert(std::is_same<QuerySampleLatency, int64_t>::value, "");
static_assert(std::is_trivially_copyable<QuerySample>::value, "");
static_assert(std::is_same<decltype(QuerySampleResponse::n_tokens), int64_t>::value, "");

namespace {

class Text : public QuerySampleLibrary {
 public:
  const std::string& Name() override { return name_; }
  size_t TotalSampleCount() override { return 6; }
  size_t PerformanceSampleCount() override { return 6; }
  void LoadSamplesToRam(const std::vector<QuerySampleIndex>&) override {}
  void UnloadSamplesFromRam(const std::vector<QuerySampleIndex>&) override {}

 private:
  std::string name_ = "Text";
};

// Answers sample i with the byte i, built in the i-th way.
class Speller : public SystemUnderTest {
 public:
  const std::string& Name() override { return name_; }
  void IssueQuery(const std::vector<QuerySample>& samples) override {
    for (const QuerySample& sample : samples) Answer(sample);
  }
  void FlushQueries() override {}

 private:
  void Answer(QuerySample sample) {
    uint8_t byte = static_cast<uint8_t>(sample.index);
    const uintptr_t data = reinterpret_cast<uintptr_t>(&byte);
    switch (sample.index) {
      case 0: {
        QuerySampleResponse response{sample.id, data, 1};
        QuerySamplesComplete(&response, 1);
        break;
      }
      case 1: {
        QuerySampleResponse response(sample.id, data, sizeof(byte), 5);
        EXPECT(response.n_tokens == 5);
        QuerySamplesComplete(&response, 1, nullptr);
        break;
      }
      case 2: {
        QuerySampleResponse response;
        response.id = sample.id;
        response.data = data;
        response.size = 1;
        QuerySamplesComplete(&response, 1, ResponseCallback());
        break;
      }
      case 3: {
        std::vector<QuerySampleResponse> responses;
        responses.resize(1);
        EXPECT(responses[0].id == 0 && responses[0].data == 0 && responses[0].size == 0);
        responses[0] = {sample.id, data, 1};
        QuerySamplesComplete(responses.data(), responses.size(), {});
        break;
      }
      case 4: {  // the bytes are brought only when they are wanted
        QuerySampleResponse response = {sample.id, 0, 0};
        QuerySamplesComplete(&response, 1, [&](QuerySampleResponse* wanted) {
          wanted->data = data;
          wanted->size = 1;
        });
        break;
      }
      default: {
        QuerySampleResponse responses[] = {{sample.id, data, 1}};
        const std::function<void(QuerySampleResponse*)> callback = [](QuerySampleResponse* wanted) {
          EXPECT(wanted->size == 1);
        };
        QuerySamplesComplete(responses, 1, callback);
      }
    }
  }

  std::string name_ = "Speller";
};

// Generates index + 2 tokens.
class Generator : public SystemUnderTest {
 public:
  const std::string& Name() override { return name_; }
  void IssueQuery(const std::vector<QuerySample>& samples) override {
    for (const QuerySample& sample : samples) {
      uint32_t tokens[8] = {};
      const auto data = reinterpret_cast<uintptr_t>(tokens);
      QuerySampleResponse first{sample.id, data, sizeof(uint32_t)};
      FirstTokenComplete(&first, 1);
      const auto count = static_cast<int64_t>(sample.index) + 2;
      QuerySampleResponse last{sample.id, data, static_cast<size_t>(count) * sizeof(uint32_t),
                               count};
      QuerySamplesComplete(&last, 1);
    }
  }
  void FlushQueries() override {}

 private:
  std::string name_ = "Generator";
};

}  // namespace

int main() {
  Text text;
  TestSettings settings;
  settings.min_duration_ms = 0;
  settings.min_query_count = 1000;
  LogSettings logs;

  Speller speller;
  settings.mode = TestMode::AccuracyOnly;
  logs.log_output.outdir = FreshFolder("accuracy");
  StartTest(&speller, &text, settings, logs);
  const std::string accuracy = ReadLog("accuracy", "accuracy.json");
  for (const char digit : std::string("012345")) {
    const std::string d(1, digit);
    EXPECT(Holds(accuracy, "\"qsl_idx\" : " + d + ", \"data\" : \"0" + d + "\""));
  }

  Generator generator;
  settings.mode = TestMode::PerformanceOnly;
  settings.use_token_latencies = true;
  settings.scenario = TestScenario::Server;
  settings.server_target_qps = 20000;
  settings.server_ttft_latency = 1000000000;
  settings.server_tpot_latency = 1000000000;
  logs.log_output.outdir = FreshFolder("tokens");
  StartTest(&generator, &text, settings, logs);
  EXPECT(IsValid("tokens"));
  EXPECT(std::stod(DetailValue("tokens", "result_completed_tokens_per_second")) > 0);

  settings.mode = TestMode::AccuracyOnly;
  logs.log_output.outdir = FreshFolder("token_accuracy");
  StartTest(&generator, &text, settings, logs);
  EXPECT(Holds(ReadLog("token_accuracy", "accuracy.json"), "\"token_count\" : 7"));
  return 0;
}
