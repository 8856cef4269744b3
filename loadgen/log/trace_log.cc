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
      text_(enabled ? kBlockBytes : 0),
      writing_(enabled ? kBlockBytes : 0) {
  if (!enabled_) return;
  sample_begin_.Set([&](Pen* pen) {
    pen->Add("{\"name\":\"Sample\",\"cat\":\"default\",\"ph\":\"b\"");
    pen->Add(pid_);
    pen->Add(",\"id\":");
  });
  sample_end_.Set([&](Pen* pen) {
    pen->Add("}},\n{\"name\":\"Sample\",\"cat\":\"default\",\"ph\":\"e\"");
    pen->Add(pid_);
    pen->Add(",\"id\":");
  });
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
  pen.AddMicros(begin_ns - start_ns_);
  pen.Add(",\"dur\":");
  pen.AddMicros(duration_ns);
  pen.Add(",\"args\":{");
  pen.Add(args);
  pen.Add("}},\n");
  text_.GiveBack(pen);
}

void TraceLog::BeginQuery(const Query& query) {
  if (!enabled_) return;
  query_ = query;
  const int64_t issue_delay_ns = query.issued_ns - query.scheduled_ns;
  scheduled_.Set([&](Pen* pen) {
    pen->Add(",\"ts\":");
    pen->AddMicros(query.scheduled_ns - start_ns_);
    pen->Add(",\"args\":{\"sample_seq\":");
  });
  of_query_.Set([&](Pen* pen) {
    pen->Add(",\"query_seq\":");
    pen->AddNumber(query.query_seq);
    pen->Add(",\"sample_idx\":");
  });
  issued_.Set([&](Pen* pen) {
    pen->Add(",\"issue_start_ns\":");
    pen->AddNumber(issue_delay_ns);
    pen->Add(",\"complete_ns\":");
  });
}

void TraceLog::AddSample(uint64_t sample_seq, uint64_t sample_idx, int64_t done_ns) {
  if (!enabled_) return;
  Phrase<24> id;
  id.Set([&](Pen* pen) { pen->AddNumber(sample_seq); });
  Pen pen = PenFor(2 * kMostOfEvent);
  pen.Add(sample_begin_);
  pen.Add(id);
  pen.Add(scheduled_);
  pen.Add(id);
  pen.Add(of_query_);
  pen.AddNumber(sample_idx);
  pen.Add(issued_);
  pen.AddNumber(done_ns - query_.scheduled_ns);
  pen.Add(sample_end_);
  pen.Add(id);
  pen.Add(",\"ts\":");
  pen.AddMicros(done_ns - start_ns_);
  pen.Add("},\n");
  text_.GiveBack(pen);
}

void TraceLog::AddLatencyCounter(int64_t done_ns) {
  if (!enabled_) return;
  Pen pen = PenFor(kMostOfEvent);
  pen.Add("{\"name\":\"Latency\",\"ph\":\"C\"");
  pen.Add(pid_);
  pen.Add(",\"ts\":");
  pen.AddMicros(query_.scheduled_ns - start_ns_);
  pen.Add(",\"args\":{\"issue_delay\":");
  pen.AddNumber(query_.issued_ns - query_.scheduled_ns);
  pen.Add(",\"issue_to_done\":");
  pen.AddNumber(done_ns - query_.issued_ns);
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
    pen.AddMicros(epoch_ns);
    pen.Add(",\n\"version\":\"MLPerf LoadGen v1.0\"\n}\n}\n");
    text_.GiveBack(pen);
    AwaitWriter();
    file_.Write(text_.text());
    enabled_ = false;
  }
  file_.Close();
}

}  // namespace mlperf::log
