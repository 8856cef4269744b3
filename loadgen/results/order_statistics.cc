#include "results/order_statistics.h"

#include <algorithm>

#include "results/percentiles.h"

namespace mlperf::results {
namespace {

// The sum of an hour's Offline latencies does not fit 64 bits, so the two halves of the values are
// summed apart: sum = high * 2^32 + low. Good for fewer than 2^31 values.
int64_t TruncatedMean(const std::vector<int64_t>& values) {
  uint64_t high = 0;
  uint64_t low = 0;
  for (const int64_t value : values) {
    const auto bits = static_cast<uint64_t>(value);
    high += bits >> 32U;
    low += bits & 0xFFFFFFFFU;
  }
  const uint64_t count = values.size();
  return static_cast<int64_t>(((high / count) << 32U) + (((high % count) << 32U) + low) / count);
}

}  // namespace

OrderStatistics::OrderStatistics(const std::vector<int64_t>& values) : values_(values) {
  if (values_.empty()) return;
  const auto [min, max] = std::minmax_element(values_.begin(), values_.end());
  min_ = *min;
  max_ = *max;
  mean_ = TruncatedMean(values_);
}

int64_t OrderStatistics::At(size_t index) {
  if (values_.empty()) return 0;
  index = std::min(index, values_.size() - 1);
  const auto known = std::lower_bound(in_place_.begin(), in_place_.end(), index);
  if (known == in_place_.end() || *known != index) {
    const auto place = [this](size_t i) { return values_.begin() + static_cast<ptrdiff_t>(i); };
    const size_t first = known == in_place_.begin() ? 0 : *(known - 1) + 1;
    const size_t last = known == in_place_.end() ? values_.size() : *known;
    std::nth_element(place(first), place(index), place(last));
    in_place_.insert(known, index);
  }
  return values_[index];
}

int64_t OrderStatistics::Percentile(double fraction) {
  return At(static_cast<size_t>(static_cast<double>(values_.size()) * fraction));
}

uint64_t OrderStatistics::CountAbove(int64_t limit) const {
  return static_cast<uint64_t>(
      std::count_if(values_.begin(), values_.end(), [limit](int64_t v) { return v > limit; }));
}

LatencySummary Summarize(OrderStatistics& durations) {
  LatencySummary summary;
  summary.min = durations.min();
  summary.max = durations.max();
  summary.mean = durations.mean();
  for (const Percentile& percentile : kPercentiles) {
    summary.*percentile.value = durations.Percentile(percentile.fraction);
  }
  return summary;
}

}  // namespace mlperf::results
