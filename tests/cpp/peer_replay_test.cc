// Latencies recorded in runs of the reference implementation, put through our formulas: the summary
// and the results must be those it wrote, byte for byte.

#include <algorithm>
#include <filesystem>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "check.h"
#include "recorded_case.h"
#include "results/performance.h"
#include "results/result_entries.h"
#include "results/summary_text.h"

using namespace mlperf;
using namespace mlperf::results;

namespace {

const std::string kCases = std::string(MLPERF_TESTS_DIR) + "/data/peer";

std::vector<std::string> Lines(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

void CheckSameText(const std::string& what, const std::string& actual,
                   const std::string& expected) {
  if (actual == expected) return;
  const std::vector<std::string> ours = Lines(actual);
  const std::vector<std::string> theirs = Lines(expected);
  for (size_t i = 0; i < std::max(ours.size(), theirs.size()); ++i) {
    const std::string our = i < ours.size() ? ours[i] : "(end)";
    const std::string their = i < theirs.size() ? theirs[i] : "(end)";
    if (our != their) {
      check::Fail(what.c_str(), static_cast<int>(i + 1),
                  "\n  ours:   " + our + "\n  theirs: " + their);
      return;
    }
  }
  check::Fail(what.c_str(), 0, "line ends differ");
}

}  // namespace

TEST(summary_and_results_as_recorded) {
  int cases = 0;
  for (const auto& folder : std::filesystem::directory_iterator(kCases)) {
    ++cases;
    const std::string path = folder.path().string();
    recorded::Case recorded = recorded::ReadCase(path);
    Report report;
    report.sut_name = "PySUT";
    report.settings = recorded.settings;
    report.error_count = recorded.error_count;
    FillPerformance(std::move(recorded.measurements), {}, &report);

    CheckSameText(path + "/summary.txt",
                  SummaryText(report) + ClosingLines(recorded.warning_count, recorded.error_count),
                  recorded::ReadFile(path + "/summary.txt"));
    std::string results;
    for (const base::Entry& entry : ResultEntries(report)) {
      results += entry.key + " " + entry.json + "\n";
    }
    CheckSameText(path + "/results.txt", results, recorded::ReadFile(path + "/results.txt"));
  }
  CHECK(cases >= 20);
}
