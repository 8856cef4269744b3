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

// Microseconds, with three decimals.
void AddMicros(int64_t ns, Pen* pen) {
  if (ns < 0) {
    pen->Add('-');
    ns = -ns;
  }
  pen->AddNumber(ns / 1000);
  const auto rest = static_cast<int>(ns % 1000);
  pen->Add('.');
  pen->Add(static_cast<char>('0' + rest / 100));
  pen->Add(static_cast<char>('0' + rest / 10 % 10));
  pen->Add(static_cast<char>('0' + rest % 10));
}

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
  if (!enabled_) return;
  Pen pen = text_.TakePen();
  pen.Add("{\"traceEvents\":[\n");
  text_.GiveBack(pen);
}

TraceLog::~TraceLog() { AwaitWriter(); }

// For an event, or several, of at most so many bytes.
Pen TraceLog::PenFor(size_t bytes) {
  if (text_.room() < bytes) HandOver();
  return text_.TakePen();
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
  Pen pen = PenFor(kMostOfEvent + name.size() + args.size());
  pen.Add("{\"name\":\"");
  pen.Add(name);
  pen.Add("\",\"ph\":\"X\"");
  pen.Add(pid_);
  pen.Add(",\"tid\":");
  pen.AddNumber(thread);
  pen.Add(",\"ts\":");
  AddMicros(begin_ns - start_ns_, &pen);
  pen.Add(",\"dur\":");
  AddMicros(duration_ns, &pen);
  pen.Add(",\"args\":{");
  pen.Add(args);
  pen.Add("}},\n");
  text_.GiveBack(pen);
}

void TraceLog::AddSample(const Sample& sample) {
  if (!enabled_) return;
  Pen pen = PenFor(2 * kMostOfEvent);
  pen.Add(sample_begin_);
  const char* const id_text = pen.at();
  pen.AddNumber(sample.sample_seq);
  const std::string_view id(id_text, static_cast<size_t>(pen.at() - id_text));
  pen.Add(",\"ts\":");
  AddMicros(sample.scheduled_ns - start_ns_, &pen);
  pen.Add(",\"args\":{\"sample_seq\":");
  pen.Add(id);
  pen.Add(",\"query_seq\":");
  pen.AddNumber(sample.query_seq);
  pen.Add(",\"sample_idx\":");
  pen.AddNumber(sample.sample_idx);
  pen.Add(",\"issue_start_ns\":");
  pen.AddNumber(sample.issued_ns - sample.scheduled_ns);
  pen.Add(",\"complete_ns\":");
  pen.AddNumber(sample.done_ns - sample.scheduled_ns);
  pen.Add("}},\n");
  pen.Add(sample_end_);
  pen.Add(id);
  pen.Add(",\"ts\":");
  AddMicros(sample.done_ns - start_ns_, &pen);
  pen.Add("},\n");
  text_.GiveBack(pen);
}

void TraceLog::AddLatencyCounter(const Sample& sample) {
  if (!enabled_) return;
  Pen pen = PenFor(kMostOfEvent);
  pen.Add(latency_);
  AddMicros(sample.scheduled_ns - start_ns_, &pen);
  pen.Add(",\"args\":{\"issue_delay\":");
  pen.AddNumber(sample.issued_ns - sample.scheduled_ns);
  pen.Add(",\"issue_to_done\":");
  pen.AddNumber(sample.done_ns - sample.issued_ns);
  pen.Add("}},\n");
  text_.GiveBack(pen);
}

void TraceLog::Close() {
  if (enabled_) {
    // The wall-clock time of the start of the trace, from how long ago that was.
    const auto wall = std::chrono::duration_cast<std::chrono::nanoseconds>(
        std::chrono::system_clock::now().time_since_epoch());
    const auto steady = std::chrono::duration_cast<std::chrono::nanoseconds>(
        std::chrono::steady_clock::now().time_since_epoch());
    const int64_t epoch_ns = (wall - steady).count() + start_ns_;
    Pen pen = PenFor(kMostOfEvent);
    pen.Add("{\"name\":\"LastTrace\"}\n],\n\"displayTimeUnit\":\"ns\",\n\"otherData\":{\n\"ts\":");
    AddMicros(epoch_ns, &pen);
    pen.Add(",\n\"version\":\"MLPerf LoadGen v1.0\"\n}\n}\n");
    text_.GiveBack(pen);
    AwaitWriter();
    file_.Write(text_.text());
    enabled_ = false;
  }
  file_.Close();
}

}  // namespace mlperf::log
