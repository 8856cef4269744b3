// Order statistics of a set of durations.

#ifndef MLPERF_LOADGEN_RESULTS_ORDER_STATISTICS_H_
#define MLPERF_LOADGEN_RESULTS_ORDER_STATISTICS_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <vector>

#include "mlperf_loadgen/report.h"

namespace mlperf::results {

// Looks at durations that belong to somebody else, who keeps them as they are for as long as it is
// in use. They are neither copied nor moved: one pass counts them into ranges as fine as their
// number allows, and a question takes one more pass, which gathers the few that share a range with
// the answer. Ranges once gathered are kept. One thread at a time. Of an empty set every value is
// 0.
class OrderStatistics {
 public:
  explicit OrderStatistics(std::span<const int64_t> values);
  explicit OrderStatistics(std::vector<int64_t>&& temporary) = delete;

  size_t size() const { return values_.size(); }
  int64_t min() const { return min_; }
  int64_t max() const { return max_; }
  int64_t mean() const { return mean_; }  // truncated; exact however large the sum; values >= 0

  // The value at the 0-based `index` in ascending order; beyond the end, the largest.
  int64_t At(size_t index);
  // Several of them for the passes of one.
  std::vector<int64_t> At(std::vector<size_t> indices);

  // The index of a percentile: floor(size * fraction), the product taken in double.
  size_t IndexOf(double fraction) const {
    return static_cast<size_t>(static_cast<double>(values_.size()) * fraction);
  }
  int64_t Percentile(double fraction) { return At(IndexOf(fraction)); }

  // How many values are strictly above `limit`.
  uint64_t CountAbove(int64_t limit) const;

 private:
  // The values of one range: a set like the whole one, and divided more finely.
  struct Gathered {
    std::vector<int64_t> values;
    std::unique_ptr<OrderStatistics> statistics;
  };

  // Ranges grow with the distance from the least value, to which each is in a fixed proportion.
  size_t RangeOf(int64_t value) const;
  // Near the least value a range is a single value.
  bool IsOneValue(size_t range) const { return range >> (precision_ + 1) == 0; }
  // The range that the value at `index` lies in.
  size_t RangeAt(size_t index) const;
  // Those of `ranges` that are not single values, nor gathered yet.
  void Gather(const std::vector<size_t>& ranges);

  std::span<const int64_t> values_;
  int64_t min_ = 0;
  int64_t max_ = 0;
  int64_t mean_ = 0;
  int precision_ = 0;           // 2^precision_ ranges for each doubling of the distance
  std::vector<size_t> begins_;  // of each range, the index of its first value; empty if all are one
  std::map<size_t, Gathered> gathered_;  // by range
};

// The figures that every report gives of a set.
LatencySummary Summarize(OrderStatistics& durations);

}  // namespace mlperf::results

#endif  // MLPERF_LOADGEN_RESULTS_ORDER_STATISTICS_H_
