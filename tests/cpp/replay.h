// Puts a recorded run through our formulas.

#ifndef MLPERF_LOADGEN_TESTS_CPP_REPLAY_H_
#define MLPERF_LOADGEN_TESTS_CPP_REPLAY_H_

#include <string>
#include <utility>

#include "recorded_case.h"
#include "results/performance.h"
#include "results/result_entries.h"
#include "results/summary_text.h"

namespace recorded {

struct Texts {
  std::string summary;
  std::string results;  // lines "key value", as in the detail log
};

// folder: that of a recorded case, without a slash at its end.
inline Texts Replay(const std::string& folder) {
  Case recorded = ReadCase(folder);
  mlperf::Report report;
  report.sut_name = "PySUT";
  report.settings = recorded.settings;
  report.error_count = recorded.error_count;
  mlperf::results::FillPerformance(std::move(recorded.measurements), {}, &report);

  Texts texts;
  texts.summary = mlperf::results::SummaryText(report) +
                  mlperf::results::ClosingLines(recorded.warning_count, recorded.error_count);
  for (const mlperf::base::Entry& entry : mlperf::results::ResultEntries(report)) {
    texts.results += entry.key + " " + entry.json + "\n";
  }
  return texts;
}

}  // namespace recorded

#endif  // MLPERF_LOADGEN_TESTS_CPP_REPLAY_H_
