#include "results/order_statistics.h"

#include <algorithm>
#include <bit>
#include <iterator>

#include "results/percentiles.h"

namespace mlperf::results {
namespace {

// The sum of an hour's Offline latencies does not fit 64 bits, so the two halves of the values are
// summed apart: sum = high * 2^32 + low. Good for fewer than 2^31 values.
int64_t TruncatedMean(std::span<const int64_t> values) {
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

// Few enough values to a range that gathering them costs nothing, few enough ranges to a value that
// small sets stay cheap; 64 KiB to 256 KiB of counts at most, which a cache holds.
int PrecisionFor(size_t size) {
  return std::clamp(static_cast<int>(std::bit_width(size)) - 8, 2, 9);
}

}  // namespace

OrderStatistics::OrderStatistics(std::span<const int64_t> values) : values_(values) {
  if (values_.empty()) return;
  min_ = max_ = values_.front();
  for (const int64_t value : values_) {
    min_ = std::min(min_, value);
    max_ = std::max(max_, value);
  }
  mean_ = TruncatedMean(values_);
  if (min_ == max_) return;
  precision_ = PrecisionFor(values_.size());
  begins_.resize(RangeOf(max_) + 2);
  for (const int64_t value : values_) ++begins_[RangeOf(value) + 1];
  for (size_t range = 1; range < begins_.size(); ++range) begins_[range] += begins_[range - 1];
}

size_t OrderStatistics::RangeOf(int64_t value) const {
  const uint64_t distance = static_cast<uint64_t>(value) - static_cast<uint64_t>(min_);
  const int doublings = std::max(0, static_cast<int>(std::bit_width(distance)) - precision_ - 1);
  return (static_cast<size_t>(doublings) << precision_) + (distance >> doublings);
}

size_t OrderStatistics::RangeAt(size_t index) const {
  const auto after = std::upper_bound(begins_.begin(), begins_.end(), index);
  return static_cast<size_t>(after - begins_.begin()) - 1;
}

void OrderStatistics::Gather(const std::vector<size_t>& ranges) {
  std::vector<Gathered*> by_range;  // null where not wanted
  for (const size_t range : ranges) {
    if (IsOneValue(range) || gathered_.contains(range)) continue;
    by_range.resize(begins_.size() - 1);
    by_range[range] = &gathered_[range];
    by_range[range]->values.reserve(begins_[range + 1] - begins_[range]);
  }
  if (by_range.empty()) return;
  for (const int64_t value : values_) {
    if (Gathered* const gathered = by_range[RangeOf(value)]) gathered->values.push_back(value);
  }
  for (Gathered* const gathered : by_range) {
    if (gathered == nullptr) continue;
    gathered->statistics = std::make_unique<OrderStatistics>(gathered->values);
  }
}

int64_t OrderStatistics::At(size_t index) { return At(std::vector{index}).front(); }

std::vector<int64_t> OrderStatistics::At(std::vector<size_t> indices) {
  if (begins_.empty()) return std::vector<int64_t>(indices.size(), max_);  // all are the same
  std::vector<size_t> ranges;
  for (size_t& index : indices) {
    index = std::min(index, values_.size() - 1);
    ranges.push_back(RangeAt(index));
  }
  Gather(ranges);
  std::vector<int64_t> found;
  for (size_t i = 0; i < indices.size(); ++i) {
    const size_t range = ranges[i];
    found.push_back(IsOneValue(range)
                        ? min_ + static_cast<int64_t>(range)
                        : gathered_.at(range).statistics->At(indices[i] - begins_[range]));
  }
  return found;
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
  std::vector<size_t> indices;
  for (const Percentile& percentile : kPercentiles) {
    indices.push_back(durations.IndexOf(percentile.fraction));
  }
  const std::vector<int64_t> values = durations.At(std::move(indices));
  for (size_t i = 0; i < std::size(kPercentiles); ++i) {
    summary.*kPercentiles[i].value = values[i];
  }
  return summary;
}

}  // namespace mlperf::results
