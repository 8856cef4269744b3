#include "base/random.h"

#include <cmath>

namespace mlperf::base {

double Random::UniformReal() {
  const double low = static_cast<double>(Draw());
  const double high = static_cast<double>(Draw());
  const double unit = (low + high * 0x1p32) * 0x1p-64;
  return unit < 1 ? unit : 0x1.fffffffffffffp-1;
}

double Random::Exponential(double rate) { return -std::log(1 - UniformReal()) / rate; }

}  // namespace mlperf::base
