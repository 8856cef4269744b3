#include "log/trace_log.h"

#include <array>
#include <charconv>
#include <chrono>
#include <utility>

#include "base/thread_id.h"

namespace mlperf::log {
namespace {

constexpr size_t kBlockBytes = size_t{128} << 10;

}  // namespace

TraceLog::TraceLog(OutputFile file, bool enabled, int64_t start_ns)
    : file_(std::move(file)), enabled_(enabled), start_ns_(start_ns), process_(base::ProcessId()) {
  if (enabled_) text_ = "{\"traceEvents\":[\n";
}

void TraceLog::Number(int64_t value) {
  std::array<char, 24> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value);
  text_.append(digits.data(), end.ptr);
}

// Microseconds since the start of the trace, with three decimals.
void TraceLog::Micros(int64_t ns) {
  if (ns < 0) {
    text_ += '-';
    ns = -ns;
  }
  Number(ns / 1000);
  const auto rest = static_cast<int>(ns % 1000);
  text_ += '.';
  text_ += static_cast<char>('0' + rest / 100);
  text_ += static_cast<char>('0' + rest / 10 % 10);
  text_ += static_cast<char>('0' + rest % 10);
}

void TraceLog::Begin(std::string_view name, std::string_view rest) {
  text_ += "{\"name\":\"";
  text_ += name;
  text_ += rest;
  text_ += ",\"pid\":";
  Number(process_);
}

void TraceLog::End() {
  text_ += "},\n";
  if (text_.size() < kBlockBytes) return;
  file_.Write(text_);
  text_.clear();
}

void TraceLog::Complete(std::string_view name, int64_t thread, int64_t begin_ns,
                        int64_t duration_ns, std::string_view args) {
  if (!enabled_) return;
  Begin(name, "\",\"ph\":\"X\"");
  text_ += ",\"tid\":";
  Number(thread);
  text_ += ",\"ts\":";
  Micros(begin_ns - start_ns_);
  text_ += ",\"dur\":";
  Micros(duration_ns);
  text_ += ",\"args\":{";
  text_ += args;
  text_ += '}';
  End();
}

void TraceLog::AddSample(const Sample& sample) {
  if (!enabled_) return;
  Begin("Sample", "\",\"cat\":\"default\",\"ph\":\"b\"");
  text_ += ",\"id\":";
  Number(static_cast<int64_t>(sample.sample_seq));
  text_ += ",\"ts\":";
  Micros(sample.scheduled_ns - start_ns_);
  text_ += ",\"args\":{\"sample_seq\":";
  Number(static_cast<int64_t>(sample.sample_seq));
  text_ += ",\"query_seq\":";
  Number(static_cast<int64_t>(sample.query_seq));
  text_ += ",\"sample_idx\":";
  Number(static_cast<int64_t>(sample.sample_idx));
  text_ += ",\"issue_start_ns\":";
  Number(sample.issued_ns - sample.scheduled_ns);
  text_ += ",\"complete_ns\":";
  Number(sample.done_ns - sample.scheduled_ns);
  text_ += '}';
  End();
  Begin("Sample", "\",\"cat\":\"default\",\"ph\":\"e\"");
  text_ += ",\"id\":";
  Number(static_cast<int64_t>(sample.sample_seq));
  text_ += ",\"ts\":";
  Micros(sample.done_ns - start_ns_);
  End();
}

void TraceLog::AddLatencyCounter(const Sample& sample) {
  if (!enabled_) return;
  Begin("Latency", "\",\"ph\":\"C\"");
  text_ += ",\"ts\":";
  Micros(sample.scheduled_ns - start_ns_);
  text_ += ",\"args\":{\"issue_delay\":";
  Number(sample.issued_ns - sample.scheduled_ns);
  text_ += ",\"issue_to_done\":";
  Number(sample.done_ns - sample.issued_ns);
  text_ += '}';
  End();
}

void TraceLog::Close() {
  if (enabled_) {
    // The wall-clock time of the start of the trace, from how long ago that was.
    const auto wall = std::chrono::duration_cast<std::chrono::nanoseconds>(
        std::chrono::system_clock::now().time_since_epoch());
    const auto steady = std::chrono::duration_cast<std::chrono::nanoseconds>(
        std::chrono::steady_clock::now().time_since_epoch());
    const int64_t epoch_ns = (wall - steady).count() + start_ns_;
    text_ += "{\"name\":\"LastTrace\"}\n],\n\"displayTimeUnit\":\"ns\",\n\"otherData\":{\n\"ts\":";
    Micros(epoch_ns);
    text_ += ",\n\"version\":\"MLPerf LoadGen v1.0\"\n}\n}\n";
    file_.Write(text_);
    text_.clear();
    enabled_ = false;
  }
  file_.Close();
}

}  // namespace mlperf::log
