// One test, from its settings to its report.

#ifndef MLPERF_LOADGEN_RUN_RUN_H_
#define MLPERF_LOADGEN_RUN_RUN_H_

#include <atomic>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/process.h"
#include "effective_settings.h"
#include "issue/issuer.h"
#include "issue/series.h"
#include "loadgen.h"
#include "log/run_log.h"
#include "query_times.h"
#include "run/issue_threads.h"
#include "run/run_events.h"
#include "run/watchdog.h"
#include "schedule/accuracy_sampling.h"
#include "schedule/plan.h"
#include "track/measurements.h"

namespace mlperf::run {

class Run {
 public:
  // Throws SettingsError when no test can run with these settings and this library.
  Run(SystemUnderTest& sut, QuerySampleLibrary& qsl, const TestSettings& settings,
      const LogSettings& log_settings, const std::string& audit_path, Hooks hooks,
      base::Clock& clock);

  // Runs the test on the calling thread, once. Throws StateError while another run of the process
  // is under way, OutputError when the log files cannot be created. What fails after that is put
  // into *failure, and the report tells of what was measured before it.
  // When a callback forks, the copy of this call in the child throws, as soon as the callback ends:
  // what that threw, else StateError. It leaves the log files to the parent.
  Report Execute(std::exception_ptr* failure);

  // After Execute: whether a completing or a lent thread is still inside. The run, its clock
  // included, must then live as long as the process.
  bool left_behind() const { return abandoned_; }

  // On lent thread `k`, inside a visit: issues its share of the series, if that is still under way.
  // Throws in a forked copy only, what the SUT threw.
  void IssueShare(uint64_t generation, uint64_t k, const issue::Poll& poll);

  // Called through CurrentRun() from any thread; what they do is described in loadgen.h.
  // `response(i)` gives response i of `count`, as a QuerySampleResponse.
  template <typename Response>
  void Complete(size_t count, Response response, const ResponseCallback& response_cb);
  template <typename Response>
  void FirstTokens(size_t count, Response response, const ResponseCallback& response_cb);
  // The first of them, up to one that may have to wait. Returns how many.
  template <typename Response>
  size_t CompleteWithoutWaiting(size_t count, Response response) noexcept;
  template <typename Response>
  size_t FirstTokensWithoutWaiting(size_t count, Response response) noexcept;
  void YieldToIssuer() const noexcept;
  // Ends the run if RequestedEnd() says so.
  void ApplyEndRequest();
  // Has the issuing thread poll, if that was asked for.
  void ApplyPollRequest();
  std::optional<Progress> GetProgress() const;
  std::optional<QueryTimes> TimesOf(ResponseId id) const;

  // In a forked child: this is a copy of a run that goes on in the parent.
  void OnFork();

 private:
  // Why a run ended before its time, other than by an exception on its own thread.
  enum class EndCause { kNo, kAborted, kProcessEnds, kFailed, kOutputFailed, kTimedOut, kStalled };

  // Throws SettingsError when a test with these settings does not fit into memory.
  void RequireMemory(const EffectiveSettings& settings) const;
  bool Traces() const { return log_settings_.write_files && log_settings_.enable_trace; }
  void LogHeader();
  // The effective form of settings with which this test can run; throws as the constructor.
  EffectiveSettings Resolve(const TestSettings& requested, base::Entries* derivation_entries) const;
  // Hooks::choose.
  void ChooseSettings();
  void RunMode();
  void RunAccuracy();
  void RunPerformance();
  void FindPeakPerformance();
  // Whether a trial at `load` passed; `passes` keeps the best.
  using Trial = std::function<bool(double load, const EffectiveSettings&)>;
  using Say = std::function<void(const std::string&)>;
  // Whether it was the load that the last trial failed for, and a lower one may pass.
  bool LowerLoadMayPass() const;
  bool FindPeakQps(const Trial& passes, const Say& say) const;
  bool FindPeakSamples(const Trial& passes, const Say& say) const;
  // Loads the set, runs one series over it, unloads it. The caller is left by an exception when the
  // series was cut short.
  void RunSeries(const EffectiveSettings& settings, schedule::SeriesMode mode,
                 const schedule::LoadableSet& set, uint64_t number, uint64_t count);
  int64_t PollIntervalNs() const;
  // On the issuing thread, now and then; throws what the caller's poll throws.
  void Poll();
  void ReportSilence();
  // Where no series is under way that a cut could interrupt: throws after one, too.
  void PollBetweenSeries();
  void BeginSeries(std::unique_ptr<issue::Series> series);
  // How many lent threads issue; 0: this one does.
  uint64_t IssueThreadCount() const;
  // Throws StateError when other than so many were lent.
  void AwaitIssueThreads();
  // Issues the series, under the eyes of the watchdog if there is to be one.
  std::vector<issue::IssueEnd> IssueSeries(issue::Target& target);
  // Returns the time of the last completion, ns since the start of the series. `failed`: when an
  // exception ended it.
  int64_t EndSeries(bool failed);
  void EndEarly(EndCause cause);
  void ReportStuckCallback();
  std::exception_ptr EndingException(std::exception_ptr raised) const;
  // Called between a callback and whatever touches logs or locks, which threads of the parent may
  // have held when the process forked. Throws StateError in a forked copy.
  void ThrowIfForked() const;
  // Ends a forked copy of Execute.
  [[noreturn]] void AbandonInChild(const std::exception_ptr& failure);
  std::string DescribeEnd(const std::exception_ptr& failure) const;
  std::string EndReason(const std::exception_ptr& failure) const;
  // What comes after the modes, whatever ended them.
  Report Conclude(std::exception_ptr* failure);
  Report Finish(std::exception_ptr* failure);

  // All of these: any thread, inside a visit.
  bool Logged(uint64_t place) const {
    return series_->log_all_responses ||
           (!series_->logged_responses.empty() && series_->logged_responses[place] != 0);
  }
  // Keeps in *raised what the callback throws; after that it is not called again in the same call,
  // whose other responses are logged without bytes.
  void CallBack(const ResponseCallback& response_cb, QuerySampleResponse* response,
                std::exception_ptr* raised);
  class Count;
  void CompleteSlowly(const QuerySampleResponse& answer, int64_t now_ns,
                      const ResponseCallback& response_cb, Count* completed,
                      std::exception_ptr* raised);
  template <typename Response>
  size_t CompleteQuickly(size_t count, Response response, int64_t now_ns) noexcept;
  template <typename Response>
  void CompleteRest(size_t begin, size_t count, Response response, int64_t now_ns,
                    const ResponseCallback& response_cb);
  void CountCall(int64_t now_ns) noexcept;
  // What the id names for a call that began at `now_ns` of the clock.
  track::Fault Find(ResponseId id, int64_t now_ns) const;

  SystemUnderTest& sut_;
  QuerySampleLibrary& qsl_;
  base::Entries overrides_;  // what audit.config and test05 changed
  std::string audited_;      // what audit.config changed, as Report has it
  TestSettings requested_;
  const LogSettings log_settings_;
  const Hooks hooks_;
  base::Clock& clock_;
  int64_t begin_ns_ = 0;                     // of the clock, when Execute was called
  const int64_t thread_ = base::ThreadId();  // the one that runs the test
  const uint64_t qsl_total_count_;
  const uint64_t qsl_performance_count_;
  base::Entries derivation_entries_;  // what derivation_entries objected to
  EffectiveSettings settings_;
  std::string sut_name_;
  std::string qsl_name_;

  std::unique_ptr<log::RunLog> log_;
  std::unique_ptr<RunEvents> events_;
  std::atomic<EndCause> end_cause_{EndCause::kNo};
  bool abandoned_ = false;
  std::atomic<bool> in_forked_child_{false};

  IssueThreads* threads_ = nullptr;  // during Execute
  bool threads_claimed_ = false;
  bool preliminary_ = false;  // the series under way is not part of the result

  // The series under way. Changed only while no thread is inside.
  std::unique_ptr<issue::Series> series_;
  SilenceRule silence_{0};  // of it

  uint64_t next_sequence_id_ = 0;
  schedule::AccuracySampler sampler_;
  uint64_t accuracy_sample_count_ = 0;
  // Of the series under way, or the last.
  EffectiveSettings series_settings_;
  // Of the last series.
  std::string missing_;  // which of its samples were not completed
  uint64_t missing_samples_ = 0;
  track::Measurements measured_;  // empty after an accuracy series
  // Of a search for the peak.
  std::optional<double> peak_;
  std::vector<PeakTrial> peak_trials_;
  bool load_failed_trial_ = false;  // the last one, for its latencies only
};

}  // namespace mlperf::run

#endif  // MLPERF_LOADGEN_RUN_RUN_H_
