// The values of a report that C reads by name.

#include "c/report_values.h"

#include <cctype>
#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <utility>

#include "check.h"

using mlperf::Report;
using mlperf::c::TextOf;
using mlperf::c::ValueNames;
using mlperf::c::ValueOf;

namespace {

std::set<std::string> Words(const std::string& text) {
  std::set<std::string> words;
  std::string word;
  for (const char c : text + " ") {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_') {
      word += c;
    } else if (!word.empty()) {
      words.insert(std::exchange(word, {}));
    }
  }
  return words;
}

// The comment above mlperf_loadgen_report_text.
std::string ListInHeader() {
  std::ifstream file(MLPERF_TESTS_DIR "/../loadgen/include/mlperf_loadgen/mlperf_loadgen.h");
  std::stringstream text;
  text << file.rdbuf();
  const std::string header = text.str();
  const size_t begin = header.find("/* A value by name");
  const size_t end = header.find("*/", begin);
  CHECK(begin != std::string::npos && end != std::string::npos);
  return header.substr(begin, end - begin);
}

}  // namespace

TEST(the_public_header_lists_every_name) {
  const std::set<std::string> words = Words(ListInHeader());
  std::set<std::string> names;
  for (const std::string& name : ValueNames()) {
    CHECK(names.insert(name).second);
    CHECK(words.count(name) != 0);
  }
  // Words with an underscore are names, but for a status and the setting that tokens need.
  for (const std::string& word : words) {
    if (word.find('_') == std::string::npos || names.count(word) != 0) continue;
    CHECK(word == "MLPERF_LOADGEN_INVALID" || word == "use_token_latencies");
  }
}

TEST(what_a_test_does_not_have_is_empty) {
  Report report;
  for (const char* name : {"result", "peak", "latency_p99_9_ns", "tokens_per_second"}) {
    CHECK_EQ(TextOf(ValueOf(report, name)), "");
  }
  CHECK_EQ(TextOf(ValueOf(report, "valid")), "false");
  CHECK_EQ(TextOf(ValueOf(report, "query_count")), "0");

  report.has_performance = true;
  report.latency_ns.p99_9 = 7;
  report.peak = 2.5;
  report.tokens.emplace().tokens_per_second = 4;
  report.notes = {"one", "two"};
  CHECK_EQ(TextOf(ValueOf(report, "latency_p99_9_ns")), "7");
  CHECK_EQ(TextOf(ValueOf(report, "peak")), "2.5");
  CHECK_EQ(TextOf(ValueOf(report, "tokens_per_second")), "4");
  CHECK_EQ(TextOf(ValueOf(report, "notes")), "one\ntwo");
}
