#include "run/peak_search.h"

#include <cmath>

#include "base/text.h"

namespace mlperf::run {
namespace {

constexpr int kMaxSteps = 64;

std::string Bounds(double lower, double upper) {
  return "[" + base::Fixed(lower, 6) + ", " + base::Fixed(upper, 6) + ")";
}

}  // namespace

std::optional<double> FindPeak(const PeakSearch& search) {
  double lower = search.start_qps;
  search.say("FindPeakPerformance: Check validity of the base settings field: " +
             base::Fixed(lower, 6));
  if (!search.passes(lower)) return std::nullopt;

  double upper = lower * (1 + search.step);
  for (int i = 0; i < kMaxSteps; ++i) {
    search.say("FindBoundaries: Checking fields " + Bounds(lower, upper));
    if (!search.passes(upper)) break;
    lower = upper;
    upper = lower * (1 + search.step);
  }
  search.say("FindPeakPerformance: Found boundaries: " + Bounds(lower, upper));

  const double scale = std::pow(10.0, search.decimals);
  while (std::floor(lower * scale) + 1 < std::floor(upper * scale)) {
    const double middle = lower + (upper - lower) / 2;
    search.say("FindPeakPerformanceBinarySearch: Testing the mid value of bounds " +
               Bounds(lower, upper) + ": " + base::Fixed(middle, 6));
    (search.passes(middle) ? lower : upper) = middle;
  }
  search.say("FindPeakPerformance: Found peak performance field: " + base::Fixed(lower, 6));
  return lower;
}

}  // namespace mlperf::run
