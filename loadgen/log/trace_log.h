// mlperf_log_trace.json, in Chrome's trace event format: what happened when, for a viewer.

#ifndef MLPERF_LOADGEN_LOG_TRACE_LOG_H_
#define MLPERF_LOADGEN_LOG_TRACE_LOG_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "log/output_file.h"

namespace mlperf::log {

// Times are ns of the run's clock. One thread at a time.
class TraceLog {
 public:
  // `start_ns` is the zero of the trace. A disabled trace is an empty file.
  TraceLog(OutputFile file, bool enabled, int64_t start_ns);

  bool enabled() const { return enabled_; }

  // A span of time on one thread. `args` is the inside of a JSON object, or empty.
  void Complete(std::string_view name, int64_t thread, int64_t begin_ns, int64_t duration_ns,
                std::string_view args = {});

  struct Sample {
    uint64_t sample_seq;
    uint64_t query_seq;
    uint64_t sample_idx;
    int64_t scheduled_ns;
    int64_t issued_ns;
    int64_t done_ns;
  };
  // A sample from its scheduled time to its completion.
  void AddSample(const Sample& sample);
  // Its latency as a counter, plotted over time.
  void AddLatencyCounter(const Sample& sample);

  void Close();

  const OutputFile& file() const { return file_; }

 private:
  void Number(int64_t value);
  void Micros(int64_t ns);
  void Begin(std::string_view name, std::string_view rest);
  void End();

  OutputFile file_;
  bool enabled_;
  int64_t start_ns_;
  int64_t process_;
  std::string text_;
};

}  // namespace mlperf::log

#endif  // MLPERF_LOADGEN_LOG_TRACE_LOG_H_
