// The functions of c_api.h, as a program without SUT classes of its own uses them.

#include "bindings/c_api.h"

#include <filesystem>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "check.h"
#include "fakes.h"
#include "mlperf_loadgen/c_api.h"
#include "mlperf_loadgen/errors.h"
#include "mlperf_loadgen/loadgen.h"

namespace {

namespace c = mlperf::c;
using mlperf::QuerySample;
using mlperf::QuerySampleIndex;
using mlperf::QuerySampleResponse;
using mlperf::SettingsError;
using mlperf::StateError;

// What the callbacks, which are plain functions, saw.
struct Seen {
  size_t samples = 0;
  size_t loaded = 0;
  size_t unloaded = 0;
  size_t fetched = 0;
};
int flushes = 0;  // a flush callback is given nothing

c::ClientData DataOf(Seen& seen) { return reinterpret_cast<c::ClientData>(&seen); }
Seen& SeenOf(c::ClientData data) { return *reinterpret_cast<Seen*>(data); }

std::vector<QuerySampleResponse> Answers(const QuerySample* samples, size_t count) {
  std::vector<QuerySampleResponse> answers;
  for (size_t i = 0; i < count; ++i) answers.emplace_back(samples[i].id, 0, 0, 3);
  return answers;
}

void Issue(c::ClientData data, const QuerySample* samples, size_t count) {
  SeenOf(data).samples += count;
  auto answers = Answers(samples, count);
  c::QuerySamplesComplete(answers.data(), answers.size());
}

void Fetch(c::ClientData data, QuerySampleResponse* response) {
  static const char bytes[] = "answer";
  ++SeenOf(data).fetched;
  response->data = reinterpret_cast<uintptr_t>(bytes);
  response->size = 6;
}

void IssueAndFetch(c::ClientData data, const QuerySample* samples, size_t count) {
  auto answers = Answers(samples, count);
  c::FirstTokenCompleteResponseCb(answers.data(), answers.size(), Fetch, data);
  c::QuerySamplesCompleteResponseCb(answers.data(), answers.size(), Fetch, data);
}

void Flush() { ++flushes; }
void Load(c::ClientData data, const QuerySampleIndex*, size_t count) {
  SeenOf(data).loaded += count;
}
void Unload(c::ClientData data, const QuerySampleIndex*, size_t count) {
  SeenOf(data).unloaded += count;
}

void* Sut(Seen& seen, c::IssueQueryCallback issue = Issue) {
  return c::ConstructSUT(DataOf(seen), "suts are named", 3, issue, Flush);
}
void* Qsl(Seen& seen) { return c::ConstructQSL(DataOf(seen), "qsl", 3, 16, 8, Load, Unload); }

mlperf::TestSettings Short(mlperf::TestScenario scenario) {
  mlperf::TestSettings settings;
  settings.scenario = scenario;
  settings.min_duration_ms = 0;
  settings.min_query_count = 5;
  settings.server_target_qps = 1e6;
  settings.server_spin_us = 0;
  return settings;
}

// These tests write their logs where they are started.
class InFolder {
 public:
  InFolder() { std::filesystem::current_path(folder_ / ""); }
  ~InFolder() { std::filesystem::current_path(before_); }
  InFolder(const InFolder&) = delete;
  InFolder& operator=(const InFolder&) = delete;

  std::string Read(const std::string& name) const { return fakes::ReadFile(folder_ / name); }

 private:
  const std::filesystem::path before_ = std::filesystem::current_path();
  const fakes::Folder folder_;
};

TEST(callbacks_run_a_test_in_each_scenario) {
  const InFolder folder;
  for (const auto scenario : {mlperf::TestScenario::SingleStream, mlperf::TestScenario::MultiStream,
                              mlperf::TestScenario::Server, mlperf::TestScenario::Offline}) {
    Seen seen;
    flushes = 0;
    void* const sut = Sut(seen);
    void* const qsl = Qsl(seen);
    c::StartTest(sut, qsl, Short(scenario), "");
    CHECK(seen.samples >= 1);
    CHECK(seen.loaded >= 8);
    CHECK_EQ(seen.unloaded, seen.loaded);
    CHECK_EQ(flushes, 1);
    // The name ends where the caller said.
    CHECK(folder.Read("mlperf_log_summary.txt").find("SUT name : sut\n") != std::string::npos);
    c::DestroySUT(sut);
    c::DestroyQSL(qsl);
  }
}

TEST(response_callbacks_bring_the_bytes) {
  const InFolder folder;
  Seen seen;
  void* const sut = Sut(seen, IssueAndFetch);
  void* const qsl = Qsl(seen);
  auto settings = Short(mlperf::TestScenario::Offline);
  settings.mode = mlperf::TestMode::AccuracyOnly;
  settings.use_token_latencies = true;
  c::StartTest(sut, qsl, settings);
  CHECK_EQ(seen.fetched, 2 * 16U);
  CHECK(folder.Read("mlperf_log_accuracy.json").find("616E73776572") != std::string::npos);
  c::DestroySUT(sut);
  c::DestroyQSL(qsl);
}

TEST(null_is_refused) {
  Seen seen;
  const auto data = DataOf(seen);
  CHECK_THROWS(c::ConstructSUT(data, nullptr, 0, Issue, Flush), SettingsError, "name: null");
  CHECK_THROWS(c::ConstructSUT(data, "", 0, nullptr, Flush), SettingsError, "issue_cb: null");
  CHECK_THROWS(c::ConstructSUT(data, "", 0, Issue, nullptr), SettingsError, "flush_cb: null");
  CHECK_THROWS(c::ConstructQSL(data, nullptr, 0, 1, 1, Load, Unload), SettingsError, "name: null");
  CHECK_THROWS(c::ConstructQSL(data, "", 0, 1, 1, nullptr, Unload), SettingsError,
               "load_samples_to_ram_cb: null");
  CHECK_THROWS(c::ConstructQSL(data, "", 0, 1, 1, Load, nullptr), SettingsError,
               "unload_samples_from_ram_cb: null");
}

// On a thread of the SUT, where nobody may be there to catch.
TEST(null_in_a_completion_ends_the_test) {
  const auto ends = [](c::IssueQueryCallback issue, const char* why) {
    const InFolder folder;
    Seen seen;
    void* const sut = Sut(seen, issue);
    void* const qsl = Qsl(seen);
    CHECK_THROWS(c::StartTest(sut, qsl, Short(mlperf::TestScenario::SingleStream)), SettingsError,
                 why);
    c::DestroySUT(sut);
    c::DestroyQSL(qsl);
  };
  ends([](c::ClientData, const QuerySample*, size_t) { c::QuerySamplesComplete(nullptr, 1); },
       "responses: null");
  ends([](c::ClientData, const QuerySample*, size_t) { c::FirstTokenComplete(nullptr, 1); },
       "responses: null");
  ends(
      [](c::ClientData, const QuerySample*, size_t) {
        QuerySampleResponse response;
        c::QuerySamplesCompleteResponseCb(&response, 1, nullptr, 0);
      },
      "response_cb: null");
  ends(
      [](c::ClientData, const QuerySample*, size_t) {
        QuerySampleResponse response;
        c::FirstTokenCompleteResponseCb(&response, 1, nullptr, 0);
      },
      "response_cb: null");
}

TEST(handles_that_are_none_are_refused) {
  Seen seen;
  void* const sut = Sut(seen);
  void* const qsl = Qsl(seen);
  const mlperf::TestSettings settings;
  int object = 0;
  CHECK_THROWS(c::DestroySUT(nullptr), SettingsError, "sut: null");
  CHECK_THROWS(c::DestroySUT(&object), StateError, "sut: this handle");
  CHECK_THROWS(c::DestroySUT(qsl), StateError, "sut: this handle");
  CHECK_THROWS(c::DestroyQSL(sut), StateError, "qsl: this handle");
  CHECK_THROWS(c::StartTest(nullptr, qsl, settings), SettingsError, "sut: null");
  CHECK_THROWS(c::StartTest(sut, nullptr, settings), SettingsError, "qsl: null");
  CHECK_THROWS(c::StartTest(qsl, sut, settings), StateError, "sut: this handle");
  c::DestroySUT(sut);
  CHECK_THROWS(c::DestroySUT(sut), StateError, "destroyed");
  CHECK_THROWS(c::StartTest(sut, qsl, settings), StateError, "destroyed");
  CHECK(Sut(seen) != sut);
  c::DestroyQSL(qsl);
}

void* destroyed_within = nullptr;

TEST(a_test_keeps_the_sut_that_is_destroyed_within_it) {
  const InFolder folder;
  Seen seen;
  destroyed_within = Sut(seen, [](c::ClientData data, const QuerySample* samples, size_t count) {
    if (destroyed_within != nullptr) c::DestroySUT(destroyed_within);
    destroyed_within = nullptr;
    Issue(data, samples, count);
  });
  void* const sut = destroyed_within;
  void* const qsl = Qsl(seen);
  c::StartTest(sut, qsl, Short(mlperf::TestScenario::SingleStream));
  CHECK(seen.samples >= 5);
  CHECK_THROWS(c::DestroySUT(sut), StateError, "destroyed");
  c::DestroyQSL(qsl);
}

TEST(a_lent_thread_issues) {
  const InFolder folder;
  Seen seen;
  void* const sut = Sut(seen);
  void* const qsl = Qsl(seen);
  auto settings = Short(mlperf::TestScenario::Server);
  settings.server_num_issue_query_threads = 1;
  std::thread lent(&c::RegisterIssueQueryThread);
  c::StartTest(sut, qsl, settings);
  lent.join();
  CHECK(seen.samples >= 5);
  c::DestroySUT(sut);
  c::DestroyQSL(qsl);
}

TEST(what_a_callback_throws_comes_out) {
  const InFolder folder;
  Seen seen;
  void* const sut = Sut(seen, [](c::ClientData, const QuerySample*, size_t) {
    throw std::runtime_error("the device is gone");
  });
  void* const qsl = Qsl(seen);
  CHECK_THROWS(c::StartTest(sut, qsl, Short(mlperf::TestScenario::Offline)), std::runtime_error,
               "the device is gone");
  c::DestroySUT(sut);
  c::DestroyQSL(qsl);
}

}  // namespace
