#include "log/trace_log.h"

#include <chrono>
#include <system_error>
#include <utility>

#include "base/thread_id.h"

namespace mlperf::log {
namespace {

constexpr size_t kBlockBytes = size_t{2} << 20;
// Of an event, but for the texts that the caller gives.
constexpr size_t kMostOfEvent = 512;

}  // namespace

TraceLog::TraceLog(OutputFile file, bool enabled, int64_t start_ns)
    : file_(std::move(file)),
      enabled_(enabled),
      start_ns_(start_ns),
      pid_(",\"pid\":" + std::to_string(base::ProcessId())),
      sample_begin_("{\"name\":\"Sample\",\"cat\":\"default\",\"ph\":\"b\"" + pid_ + ",\"id\":"),
      sample_end_("{\"name\":\"Sample\",\"cat\":\"default\",\"ph\":\"e\"" + pid_ + ",\"id\":"),
      latency_("{\"name\":\"Latency\",\"ph\":\"C\"" + pid_ + ",\"ts\":"),
      text_(enabled ? kBlockBytes : 0),
      writing_(enabled ? kBlockBytes : 0) {
  if (enabled_) text_.Add("{\"traceEvents\":[\n");
}

TraceLog::~TraceLog() { AwaitWriter(); }

// Microseconds since the start of the trace, with three decimals.
void TraceLog::AddMicros(int64_t ns) {
  if (ns < 0) {
    text_.Add('-');
    ns = -ns;
  }
  text_.AddNumber(ns / 1000);
  const auto rest = static_cast<int>(ns % 1000);
  text_.Add('.');
  text_.Add(static_cast<char>('0' + rest / 100));
  text_.Add(static_cast<char>('0' + rest / 10 % 10));
  text_.Add(static_cast<char>('0' + rest % 10));
}

void TraceLog::MakeRoom(size_t bytes) {
  if (text_.room() < bytes) HandOver();
}

void TraceLog::HandOver() {
  AwaitWriter();
  std::swap(text_, writing_);
  text_.Clear();
  try {
    writer_ = std::thread([this] { file_.Write(writing_.text()); });
  } catch (const std::system_error&) {  // none could be started
    file_.Write(writing_.text());
  }
}

void TraceLog::AwaitWriter() {
  if (writer_.joinable()) writer_.join();
}

void TraceLog::Complete(std::string_view name, int64_t thread, int64_t begin_ns,
                        int64_t duration_ns, std::string_view args) {
  if (!enabled_) return;
  MakeRoom(kMostOfEvent + name.size() + args.size());
  text_.Add("{\"name\":\"");
  text_.Add(name);
  text_.Add("\",\"ph\":\"X\"");
  text_.Add(pid_);
  text_.Add(",\"tid\":");
  text_.AddNumber(thread);
  text_.Add(",\"ts\":");
  AddMicros(begin_ns - start_ns_);
  text_.Add(",\"dur\":");
  AddMicros(duration_ns);
  text_.Add(",\"args\":{");
  text_.Add(args);
  text_.Add("}},\n");
}

void TraceLog::AddSample(const Sample& sample) {
  if (!enabled_) return;
  MakeRoom(2 * kMostOfEvent);
  text_.Add(sample_begin_);
  text_.AddNumber(sample.sample_seq);
  text_.Add(",\"ts\":");
  AddMicros(sample.scheduled_ns - start_ns_);
  text_.Add(",\"args\":{\"sample_seq\":");
  text_.AddNumber(sample.sample_seq);
  text_.Add(",\"query_seq\":");
  text_.AddNumber(sample.query_seq);
  text_.Add(",\"sample_idx\":");
  text_.AddNumber(sample.sample_idx);
  text_.Add(",\"issue_start_ns\":");
  text_.AddNumber(sample.issued_ns - sample.scheduled_ns);
  text_.Add(",\"complete_ns\":");
  text_.AddNumber(sample.done_ns - sample.scheduled_ns);
  text_.Add("}},\n");
  text_.Add(sample_end_);
  text_.AddNumber(sample.sample_seq);
  text_.Add(",\"ts\":");
  AddMicros(sample.done_ns - start_ns_);
  text_.Add("},\n");
}

void TraceLog::AddLatencyCounter(const Sample& sample) {
  if (!enabled_) return;
  MakeRoom(kMostOfEvent);
  text_.Add(latency_);
  AddMicros(sample.scheduled_ns - start_ns_);
  text_.Add(",\"args\":{\"issue_delay\":");
  text_.AddNumber(sample.issued_ns - sample.scheduled_ns);
  text_.Add(",\"issue_to_done\":");
  text_.AddNumber(sample.done_ns - sample.issued_ns);
  text_.Add("}},\n");
}

void TraceLog::Close() {
  if (enabled_) {
    // The wall-clock time of the start of the trace, from how long ago that was.
    const auto wall = std::chrono::duration_cast<std::chrono::nanoseconds>(
        std::chrono::system_clock::now().time_since_epoch());
    const auto steady = std::chrono::duration_cast<std::chrono::nanoseconds>(
        std::chrono::steady_clock::now().time_since_epoch());
    const int64_t epoch_ns = (wall - steady).count() + start_ns_;
    MakeRoom(kMostOfEvent);
    text_.Add(
        "{\"name\":\"LastTrace\"}\n],\n\"displayTimeUnit\":\"ns\",\n\"otherData\":{\n\"ts\":");
    AddMicros(epoch_ns);
    text_.Add(",\n\"version\":\"MLPerf LoadGen v1.0\"\n}\n}\n");
    AwaitWriter();
    file_.Write(text_.text());
    enabled_ = false;
  }
  file_.Close();
}

}  // namespace mlperf::log
