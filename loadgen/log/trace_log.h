// Writes mlperf_log_trace.json, in Chrome's trace event format: what happened when, for a viewer.

#ifndef MLPERF_LOADGEN_LOG_TRACE_LOG_H_
#define MLPERF_LOADGEN_LOG_TRACE_LOG_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <thread>

#include "log/output_file.h"
#include "log/text_block.h"

namespace mlperf::log {

// Times are ns of the run's clock. One thread at a time: while it makes one block of text, a thread
// of the trace's own writes the one before.
class TraceLog {
 public:
  // `start_ns` is the zero of the trace. A disabled trace is an empty file.
  TraceLog(OutputFile file, bool enabled, int64_t start_ns);
  ~TraceLog();
  TraceLog(const TraceLog&) = delete;
  TraceLog& operator=(const TraceLog&) = delete;

  bool enabled() const { return enabled_; }

  // A span of time on one thread. `args` is the inside of a JSON object, or empty.
  void Complete(std::string_view name, int64_t thread, int64_t begin_ns, int64_t duration_ns,
                std::string_view args = {});

  struct Query {
    uint64_t query_seq;
    int64_t scheduled_ns;
    int64_t issued_ns;
  };
  // The samples that are added next are of this one.
  void BeginQuery(const Query& query);
  // A sample from its scheduled time to its completion.
  void AddSample(uint64_t sample_seq, uint64_t sample_idx, int64_t done_ns);
  // Its latency as a counter, plotted over time.
  void AddLatencyCounter(int64_t done_ns);

  void Close();

  // Its error: after Close.
  const OutputFile& file() const { return file_; }

 private:
  TextCursor CursorFor(size_t bytes);
  void HandOver();
  void AwaitWriter();

  OutputFile file_;
  bool enabled_;
  int64_t start_ns_;
  std::string pid_;
  // What stands between the numbers that differ from sample to sample.
  using Words = FixedText<96>;
  Words sample_begin_;
  Words sample_end_;
  // The same, with the numbers of the query.
  Query query_{};
  Words scheduled_;
  Words of_query_;
  Words issued_;
  TextBlock text_;
  TextBlock writing_;  // of the writing thread, while there is one
  std::thread writer_;
};

}  // namespace mlperf::log

#endif  // MLPERF_LOADGEN_LOG_TRACE_LOG_H_
