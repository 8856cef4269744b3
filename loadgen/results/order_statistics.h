// Order statistics of a set of durations.

#ifndef MLPERF_LOADGEN_RESULTS_ORDER_STATISTICS_H_
#define MLPERF_LOADGEN_RESULTS_ORDER_STATISTICS_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "report.h"

namespace mlperf::results {

// A copy of the durations that is put in order only as far as it is asked about: each question
// partitions the stretch between the two nearest answers already known, so the dozen of a report
// cost far less than a sort. One thread at a time. Of an empty set every value is 0.
class OrderStatistics {
 public:
  explicit OrderStatistics(const std::vector<int64_t>& values);

  size_t size() const { return values_.size(); }
  int64_t min() const { return min_; }
  int64_t max() const { return max_; }
  int64_t mean() const { return mean_; }  // truncated; exact however large the sum; values >= 0

  // The value at the 0-based `index` in ascending order; beyond the end, the largest.
  int64_t At(size_t index);

  // The value at index floor(size * fraction), the product taken in double.
  int64_t Percentile(double fraction);

  // How many values are strictly above `limit`.
  uint64_t CountAbove(int64_t limit) const;

 private:
  std::vector<int64_t> values_;
  std::vector<size_t> in_place_;  // ascending; these indices hold the value a sort would put there
  int64_t min_ = 0;
  int64_t max_ = 0;
  int64_t mean_ = 0;
};

// The figures that every report gives of a set.
LatencySummary Summarize(OrderStatistics& durations);

}  // namespace mlperf::results

#endif  // MLPERF_LOADGEN_RESULTS_ORDER_STATISTICS_H_
