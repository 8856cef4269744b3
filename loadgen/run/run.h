// Runs one test, from its settings to its report.

#ifndef MLPERF_LOADGEN_RUN_RUN_H_
#define MLPERF_LOADGEN_RUN_RUN_H_

#include <cstdint>
#include <exception>
#include <memory>
#include <string>

#include "base/clock.h"
#include "log/run_log.h"
#include "mlperf_loadgen/embedding.h"
#include "mlperf_loadgen/test_settings.h"
#include "run/ending.h"
#include "run/peak.h"
#include "run/run_events.h"
#include "run/series_runner.h"
#include "run/session.h"
#include "settings/resolve.h"

namespace mlperf::run {

// The protocol of a test: the header of the log, the series of queries that the mode asks for, the
// report. All on the thread that runs the test, but for OnFork. What other threads reach of a test
// is its Session; how it ends when it does not end by itself is its Ending.
class Run {
 public:
  // Throws SettingsError when no test can run with these settings and this library.
  Run(SystemUnderTest& sut, QuerySampleLibrary& qsl, const TestSettings& settings,
      const LogSettings& log_settings, const std::string& audit_path, Hooks hooks,
      base::Clock& clock);

  // Runs the test, once. Throws StateError while another run of the process is under way,
  // OutputError when the log files cannot be created. What fails after that is put into *failure,
  // and the report tells of what was measured before it.
  // When a callback forks, the copy of this call in the child throws, as soon as the callback ends:
  // what that threw, else StateError. It leaves the log files to the parent.
  Report Execute(std::exception_ptr* failure);

  // After Execute: whether a completing or a registered thread is still inside. The run, its clock
  // included, must then live as long as the process.
  bool left_behind() const { return session_ != nullptr && session_->abandoned(); }

  // In a forked child: this is a copy of a run that goes on in the parent.
  void OnFork();

 private:
  // The settings with which this test can run; throws as the constructor.
  settings::ResolvedSettings Resolve(const TestSettings& settings,
                                     const std::string& audit_path) const;
  // Throws SettingsError when a test with these settings does not fit into memory.
  void RequireMemory(const EffectiveSettings& settings) const;
  bool Traces() const { return log_settings_.write_files && log_settings_.enable_trace; }

  // Hooks::choose.
  void ChooseSettings();
  void LogHeader();
  void RunMode();
  void RunAccuracy();
  void RunPerformance();
  void FindPeakPerformance();
  // What comes after the modes, whatever ended them.
  Report Conclude(std::exception_ptr* failure);
  // Ends the copy of Execute in a forked child.
  [[noreturn]] void AbandonInChild(const std::exception_ptr& failure);
  Report Finish(std::exception_ptr* failure);

  SystemUnderTest& sut_;
  QuerySampleLibrary& qsl_;
  const LogSettings log_settings_;
  const Hooks hooks_;
  base::Clock& clock_;
  const settings::LibrarySize library_;
  settings::ResolvedSettings settings_;
  std::string sut_name_;
  std::string qsl_name_;

  Ending ending_;
  std::unique_ptr<log::RunLog> log_;
  std::unique_ptr<RunEvents> events_;
  std::unique_ptr<Session> session_;
  std::unique_ptr<SeriesRunner> series_;
  Peak peak_;  // empty but for FindPeakPerformance
};

}  // namespace mlperf::run

#endif  // MLPERF_LOADGEN_RUN_RUN_H_
