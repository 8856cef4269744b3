#include "run/peak_search.h"

#include <algorithm>
#include <cmath>

#include "base/text.h"

namespace mlperf::run {
namespace {

constexpr int kMaxSteps = 64;
constexpr int kMaxStepsDown = 16;

std::string Bounds(double lower, double upper) {
  return "[" + base::Fixed(lower, 6) + ", " + base::Fixed(upper, 6) + ")";
}

}  // namespace

std::optional<double> FindPeak(const PeakSearch& search) {
  double lower = search.start_qps;
  double upper = lower * (1 + search.step);
  const auto step_up = [&] {
    for (int i = 0; i < kMaxSteps; ++i) {
      search.say("FindBoundaries: Checking fields " + Bounds(lower, upper));
      if (!search.passes(upper)) return;
      lower = upper;
      upper = lower * (1 + search.step);
    }
  };
  const auto step_down = [&] {
    for (int i = 0; i < kMaxStepsDown && search.lower_may_pass(); ++i) {
      upper = lower;
      lower = upper / (1 + search.step);
      search.say("FindBoundaries: Checking fields " + Bounds(lower, upper));
      if (search.passes(lower)) return true;
    }
    return false;
  };
  search.say("FindPeakPerformance: Check validity of the base settings field: " +
             base::Fixed(lower, 6));
  if (search.passes(lower)) {
    step_up();
  } else if (!step_down()) {
    return std::nullopt;
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

std::optional<uint64_t> FindPeakCount(const CountSearch& search) {
  uint64_t passed = 0;
  uint64_t failed = search.limit + 1;
  uint64_t next = std::clamp<uint64_t>(search.start, 1, search.limit);
  while (passed + 1 < failed) {
    search.say("FindPeakPerformance: Testing " + std::to_string(next));
    (search.passes(next) ? passed : failed) = next;
    next =
        failed > search.limit ? std::min(2 * passed, search.limit) : passed + (failed - passed) / 2;
  }
  if (passed == 0) return std::nullopt;
  search.say("FindPeakPerformance: Found peak: " + std::to_string(passed));
  return passed;
}

}  // namespace mlperf::run
