// Tests of every kind one after another, completed by a crowd that misbehaves and cut short at any
// moment, until the time is up. The books must balance to the last response.
//
// MLPERF_LOADGEN_STRESS_SECONDS: how long (5). MLPERF_LOADGEN_STRESS_SEED: what is done; printed, a
// new one each time when it is not given. How threads meet is not repeated by it.

#include "storm.h"

#include <pthread.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "check.h"
#include "fakes.h"
#include "mlperf_loadgen/embedding.h"

using namespace mlperf;
using fakes::Samples;
using storm::Books;
using storm::Manners;
using Random = std::mt19937;

namespace {

struct Stop : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// 1 .. most
unsigned Some(unsigned most, Random& random) { return static_cast<unsigned>(random() % most) + 1; }

uint64_t FromEnvironment(const char* name, uint64_t otherwise) {
  const char* const text = std::getenv(name);
  return text != nullptr && *text != '\0' ? std::strtoull(text, nullptr, 10) : otherwise;
}

// Whether brackets outside of strings are balanced and strings are closed.
bool Balanced(const std::string& json) {
  std::string open;
  bool in_string = false;
  for (size_t i = 0; i < json.size(); ++i) {
    const char c = json[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{' || c == '[') {
      open.push_back(c);
    } else if (c == '}' || c == ']') {
      if (open.empty() || open.back() != (c == '}' ? '{' : '[')) return false;
      open.pop_back();
    }
  }
  return open.empty() && !in_string;
}

size_t Count(const std::string& text, const std::string& part) {
  size_t count = 0;
  for (size_t at = 0; (at = text.find(part, at)) != std::string::npos; at += part.size()) ++count;
  return count;
}

// How often the errors of `kind` occurred.
uint64_t ErrorsOf(const Report& report, const std::string& kind) {
  const std::string before = "(the first of ";
  for (const std::string& line : report.errors) {
    if (line.find(kind) == std::string::npos) continue;
    const size_t at = line.find(before);
    return at == std::string::npos ? 1
                                   : std::strtoull(line.c_str() + at + before.size(), nullptr, 10);
  }
  return 0;
}

// Completions that completed nothing.
uint64_t FaultyCompletions(const Report& report) {
  return ErrorsOf(report, "an id that was never issued") + ErrorsOf(report, "for an old sample") +
         ErrorsOf(report, "that is not issued yet") + ErrorsOf(report, "complete a sample twice");
}

// What one test is like, apart from the crowd's manners.
struct Round {
  TestSettings settings;
  bool trace = false;
  // What ends it before its time; 0: nothing of the kind.
  unsigned abort_after = 0;      // turns of a thread that then aborts
  unsigned interrupt_after = 0;  // turns of a thread that then sends a signal; `poll` throws
  uint64_t throw_at_query = 0;
  bool load_throws = false;
  bool flush_throws = false;
};

TestSettings RandomSettings(Random& random, bool tokens, bool forgetful) {
  constexpr TestScenario kScenarios[] = {TestScenario::SingleStream, TestScenario::MultiStream,
                                         TestScenario::Server, TestScenario::Offline,
                                         TestScenario::MultiStreamFixedInterval};
  TestSettings settings;
  settings.scenario = kScenarios[random() % 5];
  settings.mode = static_cast<TestMode>(random() % 3);
  const bool peak_possible = settings.scenario == TestScenario::Server ||
                             settings.scenario == TestScenario::MultiStreamFixedInterval;
  if (peak_possible && random() % 8 == 0) settings.mode = TestMode::FindPeakPerformance;
  settings.min_duration_ms = 0;
  settings.min_query_count = random() % 300 + 1;
  settings.server_target_qps = 20000;
  settings.server_target_latency_ns = 300000;
  settings.server_coalesce_queries = random() % 2 == 0;
  settings.server_num_issue_query_threads = random() % 2 == 0 ? 0 : random() % 4;
  settings.server_find_peak_qps_decimals_of_precision = 0;
  settings.server_find_peak_qps_boundary_step_size = 4;
  settings.multi_stream_interval_target_qps = 20000;
  settings.multi_stream_samples_per_query = random() % 9 + 1;
  settings.accuracy_log_probability = static_cast<double>(random() % 3) * 0.5;
  settings.use_token_latencies = tokens;
  if (forgetful) settings.drain_timeout_ms = 20;
  return settings;
}

// Aborts, or interrupts the thread that made it, once it is told that the test has begun.
class Disturber {
 public:
  explicit Disturber(const Round& round)
      : round_(round), issuer_(pthread_self()), thread_([this] { Disturb(); }) {}
  ~Disturber() {
    begun_ = true;
    thread_.join();
  }
  Disturber(const Disturber&) = delete;
  Disturber& operator=(const Disturber&) = delete;

  void Begin() { begun_ = true; }
  void Poll() const {
    if (interrupted_) throw Stop("Ctrl-C");
  }

 private:
  void Disturb() {
    while (!begun_) std::this_thread::yield();
    for (unsigned spin = round_.abort_after; spin != 0; --spin) base::CpuRelax();
    if (round_.abort_after != 0) AbortTest();
    if (round_.interrupt_after == 0) return;
    for (unsigned spin = round_.interrupt_after; spin != 0; --spin) base::CpuRelax();
    interrupted_ = true;
    pthread_kill(issuer_, SIGUSR1);
  }

  const Round& round_;
  const pthread_t issuer_;
  std::atomic<bool> begun_{false};
  std::atomic<bool> interrupted_{false};
  std::thread thread_;
};

// As many threads as a test asks for, which register again whenever an abort of the crowd's that
// comes between tests releases them.
class Issuers {
 public:
  explicit Issuers(uint64_t count) {
    for (uint64_t i = 0; i < count; ++i) {
      threads_.emplace_back([this] {
        while (!over_) RegisterIssueQueryThread();
        ++home_;
      });
    }
  }
  ~Issuers() {
    over_ = true;
    while (home_ != threads_.size()) {
      AbortTest();
      std::this_thread::yield();
    }
    for (std::thread& thread : threads_) thread.join();
  }
  Issuers(const Issuers&) = delete;
  Issuers& operator=(const Issuers&) = delete;

 private:
  std::atomic<bool> over_{false};
  std::atomic<size_t> home_{0};
  std::vector<std::thread> threads_;
};

// The log files are whole, whatever happened.
void CheckFiles(const Report& report, bool trace) {
  const auto detail = fakes::Lines(fakes::ReadFile(report.detail_path));
  CHECK(detail.size() > 10);
  for (const std::string& line : detail) {
    CHECK(line.starts_with(":::MLLOG {\"key\": ") && line.ends_with("}") &&
          Balanced(line.substr(line.find('{'))));
  }
  const std::string accuracy = fakes::ReadFile(report.accuracy_path);
  CHECK(accuracy.starts_with("[") && accuracy.ends_with("]\n") && Balanced(accuracy));
  if (trace) CHECK(Balanced(fakes::ReadFile(report.trace_path)));
  CHECK(fakes::ReadFile(report.summary_path).ends_with("\n"));
}

struct Outcome {
  uint64_t issued = 0;    // samples, as the SUT saw them
  uint64_t answered = 0;  // entries of the accuracy log
  std::chrono::steady_clock::duration took{};
  Report report;
  std::exception_ptr failure;
};

Outcome Play(const Round& round, storm::Crowd& crowd) {
  const fakes::Folder folder;
  LogSettings logs = folder.Logs();
  logs.enable_trace = round.trace;
  Outcome outcome;
  Disturber disturber(round);
  std::atomic<uint64_t> queries{0};
  std::atomic<uint64_t> issued{0};
  fakes::FakeSut sut;
  fakes::FakeQsl qsl(300, 100);
  sut.issue = [&](const Samples& samples) {
    disturber.Begin();
    issued += samples.size();
    if (++queries == round.throw_at_query) throw Stop("issue");
    crowd.Give(samples);
  };
  if (round.flush_throws) sut.flush = [] { throw Stop("flush"); };
  if (round.load_throws) qsl.before_load = [] { throw Stop("load"); };
  const bool server = round.settings.scenario == TestScenario::Server;
  const Issuers issuers(server ? round.settings.server_num_issue_query_threads : 0);
  Hooks hooks;
  hooks.poll = [&] { disturber.Poll(); };
  const auto begin = std::chrono::steady_clock::now();
  outcome.report = RunTest(&sut, &qsl, round.settings, logs, "", hooks, &outcome.failure);
  outcome.took = std::chrono::steady_clock::now() - begin;
  outcome.issued = issued;
  CheckFiles(outcome.report, round.trace);
  outcome.answered = Count(fakes::ReadFile(outcome.report.accuracy_path), "\"seq_id\"");
  return outcome;
}

struct Tally {
  uint64_t tests = 0;
  uint64_t complete = 0;
  uint64_t samples = 0;
  uint64_t faults = 0;
  uint64_t refused = 0;
  std::vector<std::chrono::steady_clock::duration> took;  // of each test
};

// Tests one after another, the threads of one still completing in the next; then quiet, and every
// response that was taken in has completed a sample or is counted as a fault.
void Rough(Random& random, bool tokens, Tally* tally) {
  storm::Crowd crowd(8, static_cast<uint32_t>(random()));
  uint64_t completed = 0;
  uint64_t faults = 0;
  uint64_t thrown = 0;
  for (int test = 0; test < 10; ++test) {
    const auto rarely = [&](unsigned n) { return random() % n == 0; };
    const auto one_in = [&](unsigned n) { return rarely(2) ? Some(n, random) + 1 : 0; };
    Manners manners{one_in(8), one_in(20), 0, 0, one_in(20), 0, tokens};
    if (rarely(4)) manners.forgotten = Some(200, random) + 1;
    if (rarely(4)) manners.throws = Some(50, random) + 1;
    if (rarely(4)) manners.aborts = Some(200, random) + 1;
    crowd.Behave(manners);
    Round round;
    round.settings = RandomSettings(random, tokens, true);
    round.trace = rarely(3);
    if (rarely(4)) round.abort_after = Some(40000, random);
    if (rarely(4)) round.interrupt_after = Some(40000, random);
    if (rarely(10)) round.throw_at_query = random() % 50 + 1;
    round.load_throws = rarely(30);
    round.flush_throws = rarely(30);
    const Outcome outcome = Play(round, crowd);
    const Report& report = outcome.report;
    if (report.complete) CHECK_EQ(report.missing_samples, 0u);
    CHECK_EQ(report.complete, report.end_reason.empty());
    CHECK(report.complete || !report.valid);
    CHECK(report.missing_samples <= outcome.issued);
    completed += outcome.issued - report.missing_samples;
    faults += FaultyCompletions(report);
    thrown += ErrorsOf(report, "callback threw");
    ++tally->tests;
    tally->took.push_back(outcome.took);
    tally->complete += report.complete;
  }
  crowd.WaitUntilIdle();
  const Books books = crowd.TakeBooks();
  if (tokens) {
    // First tokens for samples of a test that is over count as faults of the same kinds.
    CHECK(completed + faults >= books.handled);
    CHECK(completed + faults <= books.handled + books.first_tokens);
  } else {
    CHECK_EQ(completed + faults, books.handled);
  }
  CHECK_EQ(thrown, books.thrown);
  tally->samples += completed;
  tally->faults += faults;
  tally->refused += books.refused_calls;
}

// A test that nothing disturbs, after all that: its counts are exact, and nobody else's.
void Smooth(Random& random, bool faulty, Tally* tally) {
  storm::Crowd crowd(4, static_cast<uint32_t>(random()));
  Manners manners;
  if (faulty) manners = {5, 7, 0, 0, 9, 0, false};
  manners.first_tokens = !faulty && random() % 2 == 0;
  crowd.Behave(manners);
  Round round;
  round.settings = RandomSettings(random, manners.first_tokens, false);
  round.trace = random() % 2 == 0;
  const Outcome outcome = Play(round, crowd);
  const Report& report = outcome.report;
  crowd.WaitUntilIdle();
  const Books books = crowd.TakeBooks();
  CHECK(report.complete);
  CHECK(outcome.failure == nullptr);
  CHECK_EQ(report.missing_samples, 0u);
  CHECK_EQ(outcome.issued + FaultyCompletions(report), books.handled);
  if (!faulty) CHECK_EQ(books.handled, outcome.issued);
  CHECK_EQ(ErrorsOf(report, "token"), 0u);
  if (round.settings.mode != TestMode::FindPeakPerformance) {
    CHECK_EQ(outcome.issued, report.accuracy_sample_count + report.sample_count);
  }
  if (round.settings.mode == TestMode::AccuracyOnly) {
    CHECK_EQ(outcome.answered, outcome.issued);
  }
  ++tally->tests;
  tally->took.push_back(outcome.took);
  tally->complete += report.complete;
  tally->samples += outcome.issued;
  tally->faults += FaultyCompletions(report);
}

}  // namespace

TEST(books_balance) {
  const uint64_t seconds = FromEnvironment("MLPERF_LOADGEN_STRESS_SECONDS", 5);
  const uint64_t seed = FromEnvironment("MLPERF_LOADGEN_STRESS_SEED", std::random_device()());
  std::printf("MLPERF_LOADGEN_STRESS_SEED=%llu\n", static_cast<unsigned long long>(seed));
  std::fflush(stdout);
  struct sigaction wake{};
  wake.sa_handler = [](int) {};
  sigaction(SIGUSR1, &wake, nullptr);

  std::atomic<bool> stop{false};
  std::thread reader([&] {
    while (!stop) {
      if (const auto progress = CurrentProgress()) {
        CHECK(progress->samples_completed <= progress->samples_planned);
        CHECK(progress->queries_issued <= progress->queries_planned);
        CHECK(progress->latency_ns >= 0);
      }
      std::this_thread::yield();
    }
  });
  Random random(static_cast<uint32_t>(seed));
  Tally tally;
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(seconds);
  do {
    Rough(random, false, &tally);
    Smooth(random, false, &tally);
    Rough(random, true, &tally);
    Smooth(random, true, &tally);
  } while (std::chrono::steady_clock::now() < end && check::failures == 0);
  stop = true;
  reader.join();
  // Far above what they take on a busy machine under a sanitizer; a wake-up that is lost costs a
  // second or more.
  std::sort(tally.took.begin(), tally.took.end());
  CHECK(tally.took[tally.took.size() / 2] < std::chrono::milliseconds(500));
  CHECK(tally.took.back() < std::chrono::seconds(30));
  std::printf(
      "%llu tests, %llu of them complete; %llu samples, %llu faults, %llu refused calls\n",
      static_cast<unsigned long long>(tally.tests), static_cast<unsigned long long>(tally.complete),
      static_cast<unsigned long long>(tally.samples), static_cast<unsigned long long>(tally.faults),
      static_cast<unsigned long long>(tally.refused));
}
