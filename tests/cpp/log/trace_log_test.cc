#include "log/trace_log.h"

#include <unistd.h>

#include <initializer_list>
#include <limits>
#include <string_view>
#include <utility>

#include "check.h"
#include "fakes.h"

using namespace mlperf::log;

namespace {

// Whether `text` is one JSON value; strings without escapes, which is all a trace holds.
class Json {
 public:
  static bool IsValid(std::string_view text) {
    Json json(text);
    return json.Value() && json.At('\0');
  }

 private:
  explicit Json(std::string_view text) : rest_(text) {}

  bool At(char c) {
    while (!rest_.empty() && (rest_[0] == ' ' || rest_[0] == '\n')) rest_.remove_prefix(1);
    return c == '\0' ? rest_.empty() : !rest_.empty() && rest_[0] == c;
  }
  bool Take(char c) {
    if (!At(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }
  bool String() {
    if (!Take('"')) return false;
    const size_t end = rest_.find_first_of("\"\\\n");
    if (end == std::string_view::npos || rest_[end] != '"') return false;
    rest_.remove_prefix(end + 1);
    return true;
  }
  bool Number() {
    Take('-');
    size_t digits = 0;
    size_t points = 0;
    while (digits + points < rest_.size()) {
      const char c = rest_[digits + points];
      if (c == '.' && points == 0 && digits > 0) {
        ++points;
      } else if (c >= '0' && c <= '9') {
        ++digits;
      } else {
        break;
      }
    }
    rest_.remove_prefix(digits + points);
    return digits > 0;
  }
  bool Member() { return String() && Take(':') && Value(); }
  template <typename Element>
  bool Sequence(char close, Element element) {
    if (Take(close)) return true;
    do {
      if (!element()) return false;
    } while (Take(','));
    return Take(close);
  }
  bool Value() {
    if (Take('{')) return Sequence('}', [this] { return Member(); });
    if (Take('[')) return Sequence(']', [this] { return Value(); });
    return At('"') ? String() : Number();
  }

  std::string_view rest_;
};

constexpr int64_t kStart = 5'000'000'000;

void AddSample(TraceLog& trace) {
  trace.BeginQuery({3, kStart + 1000, kStart + 1250});
  trace.AddSample(7, 42, kStart + 4001);
  trace.AddLatencyCounter(kStart + 4001);
}

template <typename Fill>
std::string Written(Fill fill) {
  const fakes::Folder folder;
  TraceLog trace(OutputFile(folder / "trace"), true, kStart);
  fill(trace);
  trace.Close();
  CHECK_EQ(trace.file().error(), "");
  return fakes::ReadFile(folder / "trace");
}

}  // namespace

TEST(the_checker_can_say_no) {
  CHECK(Json::IsValid("{\"a\":[1,-2.5,{}],\n\"b\":\"c\"}\n"));
  for (const char* bad :
       {"", "{", "[1,]", "{\"a\"}", "{\"a\":\"\"b\"\"}", "1 2", "[1.2.3]", "nan"}) {
    CHECK(!Json::IsValid(bad));
  }
}

TEST(disabled_is_an_empty_file) {
  const fakes::Folder folder;
  TraceLog trace(OutputFile(folder / "trace"), false, kStart);
  CHECK(!trace.enabled());
  trace.Complete("IssueQuery", 1, kStart, 1);
  AddSample(trace);
  trace.Close();
  CHECK(std::filesystem::exists(folder / "trace"));
  CHECK_EQ(fakes::ReadFile(folder / "trace"), "");
}

TEST(empty_trace) {
  const std::string text = Written([](TraceLog&) {});
  CHECK(Json::IsValid(text));
  const auto lines = fakes::Lines(text);
  CHECK_EQ(lines.size(), 9u);
  CHECK_EQ(lines[0], "{\"traceEvents\":[");
  CHECK_EQ(lines[1], "{\"name\":\"LastTrace\"}");
  CHECK_EQ(lines[3], "\"displayTimeUnit\":\"ns\",");
  CHECK_EQ(lines[6], "\"version\":\"MLPerf LoadGen v1.0\"");
}

TEST(events) {
  const std::string pid = std::to_string(getpid());
  const auto lines = fakes::Lines(Written([](TraceLog& trace) {
    trace.Complete("IssueQuery", 11, kStart + 1'234'567, 89'001);
    trace.Complete("LoadSamples", 11, kStart, 0, "\"count\":5");
    AddSample(trace);
  }));
  CHECK_EQ(lines[1], "{\"name\":\"IssueQuery\",\"ph\":\"X\",\"pid\":" + pid +
                         ",\"tid\":11,\"ts\":1234.567,\"dur\":89.001,\"args\":{}},");
  CHECK_EQ(lines[2], "{\"name\":\"LoadSamples\",\"ph\":\"X\",\"pid\":" + pid +
                         ",\"tid\":11,\"ts\":0.000,\"dur\":0.000,\"args\":{\"count\":5}},");
  CHECK_EQ(lines[3], "{\"name\":\"Sample\",\"cat\":\"default\",\"ph\":\"b\",\"pid\":" + pid +
                         ",\"id\":7,\"ts\":1.000,\"args\":{\"sample_seq\":7,\"query_seq\":3,"
                         "\"sample_idx\":42,\"issue_start_ns\":250,\"complete_ns\":3001}},");
  CHECK_EQ(lines[4], "{\"name\":\"Sample\",\"cat\":\"default\",\"ph\":\"e\",\"pid\":" + pid +
                         ",\"id\":7,\"ts\":4.001},");
  CHECK_EQ(lines[5], "{\"name\":\"Latency\",\"ph\":\"C\",\"pid\":" + pid +
                         ",\"ts\":1.000,\"args\":{\"issue_delay\":250,\"issue_to_done\":2751}},");
}

TEST(before_the_start_is_negative) {
  const auto lines =
      fakes::Lines(Written([](TraceLog& trace) { trace.Complete("x", 1, kStart - 1'001, 0); }));
  CHECK(lines[1].find("\"ts\":-1.001,") != std::string::npos);
}

TEST(micros_of_any_size) {
  for (const auto& [ns, text] : std::initializer_list<std::pair<int64_t, const char*>>{
           {0, "0.000"},
           {7, "0.007"},
           {99, "0.099"},
           {999, "0.999"},
           {1000, "1.000"},
           {12'345'678, "12345.678"},
           {-1, "-0.001"},
           {std::numeric_limits<int64_t>::max(), "9223372036854775.807"}}) {
    char written[32];
    TextCursor cursor(written);
    cursor.AddMicros(ns);
    CHECK_EQ(std::string_view(written, static_cast<size_t>(cursor.at() - written)), text);
  }
}

// Each sample's event has the numbers of its own query, however long they are.
TEST(queries_of_several_samples) {
  const auto lines = fakes::Lines(Written([](TraceLog& trace) {
    trace.BeginQuery(
        {1'000'000'000'000, kStart + 5'000'000'000'000'000, kStart + 6'000'000'000'000'000});
    trace.AddSample(1'000'000'000'001, 2'000'000'000, kStart + 7'000'000'000'000'000);
    trace.BeginQuery({2, kStart, kStart});
    trace.AddSample(3, 4, kStart + 5);
    trace.AddSample(6, 7, kStart + 8);
  }));
  const auto has = [&](size_t line, const char* text) {
    CHECK(lines[line].find(text) != std::string::npos);
  };
  has(1,
      "\"id\":1000000000001,\"ts\":5000000000000.000,\"args\":{\"sample_seq\":1000000000001,"
      "\"query_seq\":1000000000000,\"sample_idx\":2000000000,"
      "\"issue_start_ns\":1000000000000000,\"complete_ns\":2000000000000000}},");
  has(2, "\"id\":1000000000001,\"ts\":7000000000000.000},");
  has(3,
      "\"id\":3,\"ts\":0.000,\"args\":{\"sample_seq\":3,\"query_seq\":2,\"sample_idx\":4,"
      "\"issue_start_ns\":0,\"complete_ns\":5}},");
  has(5,
      "\"id\":6,\"ts\":0.000,\"args\":{\"sample_seq\":6,\"query_seq\":2,\"sample_idx\":7,"
      "\"issue_start_ns\":0,\"complete_ns\":8}},");
  has(6, "\"id\":6,\"ts\":0.008},");
}

// Several blocks.
TEST(long_trace_is_json) {
  const std::string text = Written([](TraceLog& trace) {
    for (int64_t i = 0; i < 5000; ++i) {
      trace.Complete("IssueQuery", 1, kStart + i, i);
      AddSample(trace);
    }
  });
  CHECK(Json::IsValid(text));
  CHECK_EQ(fakes::Lines(text).size(), 5000u * 4 + 9);
}
