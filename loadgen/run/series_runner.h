// Runs one series of queries on the calling thread, from its plan to its measurements.

#ifndef MLPERF_LOADGEN_RUN_SERIES_RUNNER_H_
#define MLPERF_LOADGEN_RUN_SERIES_RUNNER_H_

#include <cstdint>
#include <exception>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "issue/issuer.h"
#include "issue/series.h"
#include "log/run_log.h"
#include "mlperf_loadgen/embedding.h"
#include "mlperf_loadgen/test_settings.h"
#include "run/ending.h"
#include "run/issue_threads.h"
#include "run/run_events.h"
#include "run/session.h"
#include "run/watchdog.h"
#include "schedule/accuracy_sampling.h"
#include "schedule/plan.h"
#include "track/measurements.h"

namespace mlperf::run {

// Leaves a test that is to end early for a reason other than an exception.
struct EndedEarly : std::exception {};

// What is known of a series, whatever ended it.
struct SeriesResult {
  EffectiveSettings settings;
  track::Measurements measured;  // empty after an accuracy series
  uint64_t missing_samples = 0;  // issued but not completed
};

// All on the thread that runs the test.
class SeriesRunner {
 public:
  // What belongs to the test; all of it must live as long as this.
  struct Test {
    SystemUnderTest& sut;
    QuerySampleLibrary& qsl;
    const Hooks& hooks;
    base::Clock& clock;
    log::RunLog& log;
    RunEvents& events;
    Ending& ending;
    Session& session;
    IssueThreads& threads;
    uint64_t library_size;
    bool keep_timeline;
  };

  SeriesRunner(const Test& test, const EffectiveSettings& settings, uint64_t accuracy_log_seed);

  // Waits for the registered threads that the test needs. Once they are there, returns at once.
  // Throws StateError when their number is another.
  void AwaitIssueThreads();

  // A series that is `number` of `count`. Preliminary: not part of the result and not logged.
  struct Order {
    schedule::SeriesMode mode = schedule::SeriesMode::kPerformance;
    const schedule::LoadableSet* set = nullptr;
    uint64_t number = 0;
    uint64_t count = 1;
    bool preliminary = false;
  };
  // Loads the set, runs one series over it, unloads it. Throws what ends the test, or EndedEarly
  // where that is not an exception; last() says then, too, what is known.
  void Run(const EffectiveSettings& settings, const Order& order);
  // A performance series over the first set of samples.
  void RunPerformance(const EffectiveSettings& settings, bool preliminary = false);

  // Of the last series. To be moved from.
  SeriesResult& last() { return last_; }
  // How many samples were issued in accuracy series so far.
  uint64_t accuracy_sample_count() const { return accuracy_sample_count_; }

 private:
  std::unique_ptr<issue::Series> MakeSeries(const EffectiveSettings& settings, const Order& order);
  // Issues the series, watched by a watchdog if the settings ask for one.
  std::vector<issue::IssueEnd> Issue(const EffectiveSettings& settings, issue::Target& target);
  // Takes the series from the session and measures it. `failed`: an exception ended it. Returns the
  // time of the last completion, ns since the start of the series.
  int64_t Measure(const Order& order, bool failed);
  // On the watchdog's thread.
  void ReportStuckCallback(const EffectiveSettings& settings);

  int64_t PollIntervalNs() const;
  // On the issuing thread, now and then; throws what the caller's poll throws.
  void Poll();
  void ReportSilence();
  // Where no series is under way that could be interrupted: throws when the test is to end, too.
  void PollBetweenSeries();

  const Test test_;
  const uint64_t thread_count_;  // of registered threads that issue; 0: this one does
  bool threads_claimed_ = false;
  uint64_t next_sequence_id_ = 0;
  schedule::AccuracySampler sampler_;
  SilenceRule silence_{0};  // of the series under way
  uint64_t accuracy_sample_count_ = 0;
  SeriesResult last_;
};

}  // namespace mlperf::run

#endif  // MLPERF_LOADGEN_RUN_SERIES_RUNNER_H_
