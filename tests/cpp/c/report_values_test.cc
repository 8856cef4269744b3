// The values of a report that C reads by name.

#include "c/report_values.h"

#include <cctype>
#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

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
std::string CommentInHeader() {
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

TEST(the_public_header_names_none_that_is_not_there) {
  std::set<std::string> names;
  for (const std::string& name : ValueNames()) CHECK(names.insert(name).second);
  for (const std::string& word : Words(CommentInHeader())) {
    if (word.find('_') == std::string::npos) continue;
    CHECK(names.count(word) != 0 || word == "MLPERF_LOADGEN_INVALID" ||
          word == "use_token_latencies");
  }
}

TEST(every_field_of_a_type_that_c_has_is_there) {
  const std::vector<std::string> names = ValueNames();
  const std::set<std::string> known(names.begin(), names.end());
  for (const char* name : {"valid", "query_count", "skipped_intervals", "missing_samples", "peak",
                           "samples_per_second", "sut_name", "warnings", "token_count"}) {
    CHECK(known.count(name) != 0);
  }
  for (const char* name : {"settings", "tokens", "peak_trials", "latencies_ns", "latency_ns"}) {
    CHECK(known.count(name) == 0);
  }
}

TEST(what_a_test_does_not_have_is_empty) {
  Report report;
  for (const char* name : {"result", "peak", "latency_p99_9_ns", "tokens_per_second",
                           "samples_per_second", "skipped_intervals"}) {
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
