#include "results/binomial.h"

#include <cmath>
#include <numbers>

namespace mlperf::results {
namespace {

// log(n!) less Stirling's approximation n log(n) - n + log(2 pi n) / 2, for n >= 1.
double StirlingError(double n) {
  if (n < 16) {
    return std::log(std::tgamma(n + 1)) -
           ((n + 0.5) * std::log(n) - n + std::log(2 * std::numbers::pi) / 2);
  }
  const double r = 1 / (n * n);
  return (1.0 / 12 - r * (1.0 / 360 - r * (1.0 / 1260 - r * (1.0 / 1680 - r / 1188)))) / n;
}

// count * log(count / expected) - (count - expected): how far a count is from what was expected.
// Near the expected value the terms cancel, so it is summed there as a series in
// v = (count - expected) / (count + expected).
double Deviance(double count, double expected) {
  const double difference = count - expected;
  const double v = difference / (count + expected);
  if (std::abs(v) > 0.1) return count * std::log(count / expected) - difference;
  double sum = difference * v;
  double power = 2 * count * v;
  for (int odd = 3;; odd += 2) {
    power *= v * v;
    const double next = sum + power / odd;
    if (next == sum) return sum;
    sum = next;
  }
}

}  // namespace

double Binomial::Exactly(double trials, double hits) const {
  const double misses = trials - hits;
  if (hits == 0) return std::exp(trials * (miss_ < 0.5 ? std::log(miss_) : std::log1p(-hit_)));
  if (misses == 0) return std::exp(trials * (hit_ < 0.5 ? std::log(hit_) : std::log1p(-miss_)));
  const double exponent = StirlingError(trials) - StirlingError(hits) - StirlingError(misses) -
                          Deviance(hits, trials * hit_) - Deviance(misses, trials * miss_);
  return std::exp(exponent) * std::sqrt(trials / (2 * std::numbers::pi * hits * misses));
}

double Binomial::AtMost(double trials, double hits) const {
  double term = Exactly(trials, hits);
  if (term == 0) return hits > trials * hit_ ? 1 : 0;
  double sum = term;
  const double odds = miss_ / hit_;
  while (hits > 0) {
    term *= odds * hits / (trials - hits + 1);
    const double next = sum + term;
    if (next == sum) break;
    sum = next;
    --hits;
  }
  return sum;
}

}  // namespace mlperf::results
