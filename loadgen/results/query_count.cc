#include "mlperf_loadgen/query_count.h"

#include <cmath>
#include <stdexcept>
#include <string>

#include "base/text.h"
#include "results/normal.h"

namespace mlperf {
namespace {

void CheckInsideUnit(const char* name, double value) {
  if (value > 0 && value < 1) return;
  throw std::invalid_argument(std::string(name) + " = " + base::General(value) +
                              ": must be above 0 and below 1");
}

}  // namespace

QueryCount MinimumQueryCount(double percentile, double confidence) {
  constexpr double kMarginsInTail = 20;
  constexpr uint64_t kMultiple = uint64_t{1} << 13;
  CheckInsideUnit("percentile", percentile);
  CheckInsideUnit("confidence", confidence);

  const double tail = 1 - percentile;
  const double deviations = results::NormalBound(confidence) * kMarginsInTail;
  const double count = std::round(deviations * deviations * percentile / tail);
  if (count > 0x1p53) {
    throw std::invalid_argument("percentile and confidence: so close to 1 no count is exact");
  }
  QueryCount result;
  if (count > 1) result.exact = static_cast<uint64_t>(count);
  result.rounded = (result.exact + kMultiple - 1) / kMultiple * kMultiple;
  return result;
}

}  // namespace mlperf
