#include "log/trace_log.h"

#include <chrono>
#include <system_error>
#include <utility>

#include "base/process.h"

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
  sample_begin_.Set([&](TextCursor* cursor) {
    cursor->Add("{\"name\":\"Sample\",\"cat\":\"default\",\"ph\":\"b\"");
    cursor->Add(pid_);
    cursor->Add(",\"id\":");
  });
  sample_end_.Set([&](TextCursor* cursor) {
    cursor->Add("}},\n{\"name\":\"Sample\",\"cat\":\"default\",\"ph\":\"e\"");
    cursor->Add(pid_);
    cursor->Add(",\"id\":");
  });
  TextCursor cursor = text_.cursor();
  cursor.Add("{\"traceEvents\":[\n");
  text_.Commit(cursor);
}

TraceLog::~TraceLog() { AwaitWriter(); }

// For an event, or several, of at most this many bytes.
TextCursor TraceLog::CursorFor(size_t bytes) {
  if (text_.room() < bytes) HandOver();
  return text_.cursor();
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
  TextCursor cursor = CursorFor(kMostOfEvent + name.size() + args.size());
  cursor.Add("{\"name\":\"");
  cursor.Add(name);
  cursor.Add("\",\"ph\":\"X\"");
  cursor.Add(pid_);
  cursor.Add(",\"tid\":");
  cursor.AddNumber(thread);
  cursor.Add(",\"ts\":");
  cursor.AddMicros(begin_ns - start_ns_);
  cursor.Add(",\"dur\":");
  cursor.AddMicros(duration_ns);
  cursor.Add(",\"args\":{");
  cursor.Add(args);
  cursor.Add("}},\n");
  text_.Commit(cursor);
}

void TraceLog::BeginQuery(const Query& query) {
  if (!enabled_) return;
  query_ = query;
  const int64_t issue_delay_ns = query.issued_ns - query.scheduled_ns;
  scheduled_.Set([&](TextCursor* cursor) {
    cursor->Add(",\"ts\":");
    cursor->AddMicros(query.scheduled_ns - start_ns_);
    cursor->Add(",\"args\":{\"sample_seq\":");
  });
  of_query_.Set([&](TextCursor* cursor) {
    cursor->Add(",\"query_seq\":");
    cursor->AddNumber(query.query_seq);
    cursor->Add(",\"sample_idx\":");
  });
  issued_.Set([&](TextCursor* cursor) {
    cursor->Add(",\"issue_start_ns\":");
    cursor->AddNumber(issue_delay_ns);
    cursor->Add(",\"complete_ns\":");
  });
}

void TraceLog::AddSample(uint64_t sample_seq, uint64_t sample_idx, int64_t done_ns) {
  if (!enabled_) return;
  FixedText<24> id;
  id.Set([&](TextCursor* cursor) { cursor->AddNumber(sample_seq); });
  TextCursor cursor = CursorFor(2 * kMostOfEvent);
  cursor.Add(sample_begin_);
  cursor.Add(id);
  cursor.Add(scheduled_);
  cursor.Add(id);
  cursor.Add(of_query_);
  cursor.AddNumber(sample_idx);
  cursor.Add(issued_);
  cursor.AddNumber(done_ns - query_.scheduled_ns);
  cursor.Add(sample_end_);
  cursor.Add(id);
  cursor.Add(",\"ts\":");
  cursor.AddMicros(done_ns - start_ns_);
  cursor.Add("},\n");
  text_.Commit(cursor);
}

void TraceLog::AddLatencyCounter(int64_t done_ns) {
  if (!enabled_) return;
  TextCursor cursor = CursorFor(kMostOfEvent);
  cursor.Add("{\"name\":\"Latency\",\"ph\":\"C\"");
  cursor.Add(pid_);
  cursor.Add(",\"ts\":");
  cursor.AddMicros(query_.scheduled_ns - start_ns_);
  cursor.Add(",\"args\":{\"issue_delay\":");
  cursor.AddNumber(query_.issued_ns - query_.scheduled_ns);
  cursor.Add(",\"issue_to_done\":");
  cursor.AddNumber(done_ns - query_.issued_ns);
  cursor.Add("}},\n");
  text_.Commit(cursor);
}

void TraceLog::Close() {
  if (enabled_) {
    // The wall-clock time of the start of the trace, from how long ago that was.
    const auto wall = std::chrono::duration_cast<std::chrono::nanoseconds>(
        std::chrono::system_clock::now().time_since_epoch());
    const auto steady = std::chrono::duration_cast<std::chrono::nanoseconds>(
        std::chrono::steady_clock::now().time_since_epoch());
    const int64_t epoch_ns = (wall - steady).count() + start_ns_;
    TextCursor cursor = CursorFor(kMostOfEvent);
    cursor.Add(
        "{\"name\":\"LastTrace\"}\n],\n\"displayTimeUnit\":\"ns\",\n\"otherData\":{\n\"ts\":");
    cursor.AddMicros(epoch_ns);
    cursor.Add(",\n\"version\":\"MLPerf LoadGen v1.0\"\n}\n}\n");
    text_.Commit(cursor);
    AwaitWriter();
    file_.Write(text_.text());
    enabled_ = false;
  }
  file_.Close();
}

}  // namespace mlperf::log
