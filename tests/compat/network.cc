// A system behind a query dispatch library: asked for its name at every test, reached through two
// queues as through a wire.

#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include "expect.h"
#include "loadgen.h"
#include "query_dispatch_library.h"

namespace {

// Blocks until there is something; false when the wire is cut.
template <typename Message>
class Wire {
 public:
  void Send(Message message) {
    std::lock_guard<std::mutex> lock(mutex_);
    messages_.push_back(std::move(message));
    condition_.notify_one();
  }
  bool Receive(Message* message) {
    std::unique_lock<std::mutex> lock(mutex_);
    condition_.wait(lock, [this] { return end_cause_ || !messages_.empty(); });
    if (messages_.empty()) return false;
    *message = std::move(messages_.front());
    messages_.pop_front();
    return true;
  }
  void Cut() {
    std::lock_guard<std::mutex> lock(mutex_);
    end_cause_ = true;
    condition_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable condition_;
  std::deque<Message> messages_;
  bool end_cause_ = false;
};

class Dispatcher : public mlperf::QueryDispatchLibrary {
 public:
  Dispatcher() : remote_([this] { Serve(); }), receiver_([this] { Receive(); }) {}
  ~Dispatcher() override {
    requests_.Cut();
    remote_.join();
    responses_.Cut();
    receiver_.join();
  }

  const std::string& Name() override {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));  // there and back
    ++asked;
    name_ = "Network SUT " + std::to_string(asked);
    return name_;
  }
  void IssueQuery(const std::vector<mlperf::QuerySample>& samples) override {
    for (const auto& sample : samples) requests_.Send(sample);
  }
  void FlushQueries() override {}

  int asked = 0;

 private:
  void Serve() {
    mlperf::QuerySample sample;
    while (requests_.Receive(&sample)) responses_.Send(sample.id);
  }
  void Receive() {
    mlperf::ResponseId id;
    while (responses_.Receive(&id)) {
      mlperf::QuerySampleResponse response(id, 0, 0);
      mlperf::QuerySamplesComplete(&response, 1);
    }
  }

  std::string name_;
  Wire<mlperf::QuerySample> requests_;
  Wire<mlperf::ResponseId> responses_;
  std::thread remote_;
  std::thread receiver_;
};

class Library : public mlperf::QuerySampleLibrary {
 public:
  const std::string& Name() override { return name_; }
  size_t TotalSampleCount() override { return 100; }
  size_t PerformanceSampleCount() override { return 100; }
  void LoadSamplesToRam(const std::vector<mlperf::QuerySampleIndex>&) override {}
  void UnloadSamplesFromRam(const std::vector<mlperf::QuerySampleIndex>&) override {}

 private:
  std::string name_ = "Library";
};

}  // namespace

int main() {
  Dispatcher dispatcher;
  mlperf::SystemUnderTest* const sut = &dispatcher;
  Library library;
  mlperf::TestSettings settings;
  settings.scenario = mlperf::TestScenario::Server;
  settings.server_target_qps = 1000;
  settings.server_target_latency_ns = 1000000000;
  settings.min_duration_ms = 0;
  settings.min_query_count = 500;
  for (int test = 1; test <= 2; ++test) {
    const std::string name = "Network SUT " + std::to_string(test);
    mlperf::LogSettings logs;
    logs.log_output.outdir = FreshFolder(name);
    mlperf::StartTest(sut, &library, settings, logs);
    EXPECT(dispatcher.asked == test);  // once a test
    EXPECT(IsValid(name));
    EXPECT(DetailValue(name, "sut_name") == "\"" + name + "\"");
    EXPECT(Holds(ReadLog(name, "summary.txt"), "SUT name : " + name));
    EXPECT(std::stoll(DetailValue(name, "get_sut_name_duration_ns")) >= 20000000);
  }
  return 0;
}
