// Tells why queries with a schedule were issued late, from when they were due and when issued.

#ifndef MLPERF_LOADGEN_TRACK_LATE_ISSUES_H_
#define MLPERF_LOADGEN_TRACK_LATE_ISSUES_H_

#include <cstdint>

#include "track/measurements.h"

namespace mlperf::track {

// For the queries of one thread, which issues one per call. A query that was already due when the
// one before it was issued follows as soon as that issue call returns, so the time between the two
// is the length of the call. The part of a query's lag since the last query that the thread could
// wait for was spent in issue calls; the rest is wake-up latency. Not thread-safe.
class LateIssueCounter {
 public:
  // Counts queries that are late by more than this, ns; at least 0.
  explicit LateIssueCounter(int64_t limit_ns) : limit_ns_(limit_ns) {}

  // The next query in the order of issue; ns since the start of the series.
  void Add(int64_t scheduled_ns, int64_t issued_ns);

  // Adds what another thread's counter has counted.
  void Add(const LateIssueCounter& other);

  LateIssues Counted() const;

 private:
  int64_t CallNs() const;  // mean of the calls whose length is known; 0 when there are none

  const int64_t limit_ns_;
  int64_t last_issued_ns_ = -1;
  int64_t awaited_issued_ns_ = 0;  // of the last query that the thread was free to wait for
  int64_t calls_ns_ = 0;
  int64_t calls_ = 0;
  LateIssues counted_;
};

}  // namespace mlperf::track

#endif  // MLPERF_LOADGEN_TRACK_LATE_ISSUES_H_
