// Latencies recorded in runs of the reference implementation, put through our formulas: the summary
// and the results must be those it wrote, byte for byte.

#include <algorithm>
#include <filesystem>
#include <sstream>
#include <string>
#include <vector>

#include "check.h"
#include "replay.h"

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
    const recorded::Texts texts = recorded::Replay(path);
    CheckSameText(path + "/summary.txt", texts.summary, recorded::ReadFile(path + "/summary.txt"));
    CheckSameText(path + "/results.txt", texts.results, recorded::ReadFile(path + "/results.txt"));
  }
  CHECK(cases >= 20);
}
