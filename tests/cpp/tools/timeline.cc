// timeline: reads a series from standard input and writes its timeline to standard output, both as
// lines of numbers. The first line is BY DIVIDED SAMPLES_PER_QUERY SPAN_NS LAGS GAPS TOKENS; then
// each query is DUE_NS ISSUED_NS, followed by INDEX DONE_NS FIRST_TOKEN_NS N_TOKENS for each of its
// samples.

#include "results/timeline.h"

#include <cstdint>
#include <iostream>
#include <vector>

namespace {

using mlperf::DurationGrid;
using mlperf::Timeline;

template <typename T>
void Write(const char* name, const std::vector<T>& values) {
  std::cout << name;
  for (const T& value : values) std::cout << ' ' << value;
  std::cout << '\n';
}

void Write(const char* name, const DurationGrid& grid) {
  if (grid.empty()) return;
  std::cout << name << '\n';
  for (size_t column = 0; column < grid.first_bin.size(); ++column) {
    std::cout << grid.first_bin[column];
    for (uint64_t i = grid.begin[column]; i < grid.begin[column + 1]; ++i) {
      std::cout << ' ' << grid.counts[i];
    }
    std::cout << '\n';
  }
}

}  // namespace

int main() {
  int by = 0;
  mlperf::results::TimelineMaker::Series series;
  std::cin >> by >> series.divided >> series.samples_per_query >> series.span_ns >> series.lags >>
      series.gaps >> series.tokens;
  series.by = static_cast<Timeline::By>(by);
  mlperf::results::TimelineMaker maker(series);
  int64_t due_ns = 0;
  int64_t issued_ns = 0;
  for (uint64_t query = 0; std::cin >> due_ns >> issued_ns; ++query) {
    maker.AddQuery(query, due_ns, issued_ns);
    for (uint64_t i = 0; i < series.samples_per_query; ++i) {
      mlperf::results::TimelineMaker::Sample sample;
      std::cin >> sample.index >> sample.done_ns >> sample.first_token_ns >> sample.n_tokens;
      maker.AddSample(sample);
    }
  }
  const Timeline timeline = std::move(maker).Take();
  std::cout << "plan_columns " << timeline.plan_columns << '\n';
  Write("edges_ns", timeline.edges_ns);
  Write("due", timeline.due);
  Write("issued", timeline.issued);
  Write("completed", timeline.completed);
  Write("failed", timeline.failed);
  Write("tokens", timeline.tokens);
  Write("in_flight_max", timeline.in_flight_max);
  Write("in_flight_end", timeline.in_flight_end);
  for (const mlperf::SlowSample& sample : timeline.slowest) {
    std::cout << "slow " << sample.query << ' ' << sample.latency_ns << '\n';
  }
  Write("latency_grid", timeline.latency);
  Write("ttft_grid", timeline.ttft);
  Write("tpot_grid", timeline.tpot);
  Write("lag_grid", timeline.lag);
  Write("gap_grid", timeline.gap);
}
