#include "results/curve.h"

#include <cmath>
#include <cstddef>
#include <vector>

namespace mlperf::results {

DurationCurve CurveOf(OrderStatistics& durations) {
  constexpr double kPointsANine = 24;
  DurationCurve curve;
  curve.count = durations.size();
  if (curve.count == 0) return curve;
  curve.min_ns = durations.min();
  curve.max_ns = durations.max();
  curve.mean_ns = durations.mean();
  std::vector<size_t> indices;
  for (double j = 0;; ++j) {
    const double above = std::pow(10.0, -j / kPointsANine);
    if (above * static_cast<double>(curve.count) < 1) break;
    indices.push_back(durations.IndexOf(1 - above));
  }
  indices.push_back(durations.size() - 1);
  curve.curve_ns = durations.At(std::move(indices));
  return curve;
}

}  // namespace mlperf::results
