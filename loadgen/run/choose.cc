// Settings that are chosen by what preliminary series of queries show.

#include <cstdint>
#include <utility>

#include "results/performance.h"
#include "run/run.h"

namespace mlperf::run {

using schedule::SeriesMode;

void Run::ChooseSettings() {
  const auto preliminary = [this](const TestSettings& requested) {
    base::Entries derivation_entries;
    const EffectiveSettings settings = Resolve(requested, &derivation_entries);
    const auto sets = schedule::LoadableSets(settings, SeriesMode::kPerformance, qsl_total_count_);
    RunSeries(settings, SeriesMode::kPerformance, sets.front(), 0, 1);
    Report report;
    report.settings = settings;
    results::FillPerformance(std::exchange(measured_, {}), {}, &report);
    return report;
  };
  try {
    AwaitIssueThreads();
    preliminary_ = true;
    requested_ = hooks_.choose(requested_, preliminary);
    preliminary_ = false;
    derivation_entries_.clear();
    settings_ = Resolve(requested_, &derivation_entries_);
    series_settings_ = settings_;
  } catch (...) {
    // The log of a test that ends here says what it is of, as any other.
    if (!in_forked_child_) LogHeader();
    throw;
  }
}

}  // namespace mlperf::run
