#include "results/early_stopping.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>

#include "results/binomial.h"
#include "results/percentiles.h"

namespace mlperf::results {
namespace {

constexpr double kSignificance = 1 - 0.99;
constexpr double kNormalQuantile = 2.3263478740408408;  // of a 99 % confidence

Binomial OverlatencyBinomial(double percentile) {
  if (!(percentile > 0 && percentile < 1)) throw std::logic_error("percentile outside (0, 1)");
  return {1 - percentile, percentile};
}

// Where the normal approximation puts the number of queries of which `over` is allowed.
double ApproximateQueriesNeeded(double percentile, double over) {
  const double mean = 1 - percentile;
  const double spread = kNormalQuantile * std::sqrt(mean * percentile);
  const double root = (spread + std::sqrt(spread * spread + 4 * mean * (over + 0.5))) / (2 * mean);
  return std::max(over + 1, std::floor(root * root));
}

// The latency that may stand as the percentile when `allowed` >= 1 queries may be over it.
int64_t Estimate(OrderStatistics& latencies, uint64_t allowed) {
  return latencies.At(latencies.size() - allowed);
}

std::string EstimateLine(const std::string& label, int64_t estimate) {
  return " * Early stopping " + label + " percentile estimate: " + std::to_string(estimate);
}

}  // namespace

uint64_t QueriesNeeded(double percentile, uint64_t over) {
  const Binomial binomial = OverlatencyBinomial(percentile);
  const double hits = static_cast<double>(over);
  double trials = ApproximateQueriesNeeded(percentile, hits);
  if (trials > 1e15) return trials < 1e18 ? static_cast<uint64_t>(trials) : uint64_t{1} << 60U;

  // Newton's method on the logarithm of the probability P, which one more trial lowers by
  // (1 - percentile) * P(exactly `over`), kept between the two numbers known to be too few and
  // enough.
  double too_few = hits;
  double enough = HUGE_VAL;
  while (true) {
    const double probability = binomial.AtMost(trials, hits);
    (probability < kSignificance ? enough : too_few) = trials;
    if (enough - too_few == 1) return static_cast<uint64_t>(enough);
    const double slope = (1 - percentile) * binomial.Exactly(trials, hits) / probability;
    const double zero = trials + std::log(probability / kSignificance) / slope;
    const double next = trials == enough ? std::floor(zero) : std::ceil(zero);
    if (next > too_few && next < enough) {
      trials = next;
    } else {
      trials = std::isinf(enough) ? 2 * trials : std::floor((too_few + enough) / 2);
    }
  }
}

std::optional<uint64_t> OverlatencyAllowed(double percentile, uint64_t queries) {
  if (queries == 0) return std::nullopt;
  const Binomial binomial = OverlatencyBinomial(percentile);
  const double trials = static_cast<double>(queries);
  const double mean = trials * (1 - percentile);

  // The normal approximation is off by a query or two; from there step by step.
  double over = std::floor(mean - kNormalQuantile * std::sqrt(mean * percentile));
  over = std::max(over, 0.0);
  double probability = binomial.AtMost(trials, over);
  if (probability >= kSignificance) {
    while (probability >= kSignificance) {
      if (over == 0) return std::nullopt;
      probability -= binomial.Exactly(trials, over--);
    }
  } else {
    while ((probability += binomial.Exactly(trials, over + 1)) < kSignificance) ++over;
  }
  return static_cast<uint64_t>(over);
}

EarlyStopping EstimatePercentile(OrderStatistics& latencies, double percentile, bool with_p99,
                                 bool percent_decimal) {
  const uint64_t queries = latencies.size();
  const std::string needed = std::to_string(QueriesNeeded(percentile, 1));
  const uint64_t allowed = OverlatencyAllowed(percentile, queries).value_or(0);
  EarlyStopping result;
  if (allowed < 1) {
    result.text = " * Only processed " + std::to_string(queries) +
                  " queries.\n * Need to process at least " + needed +
                  " queries for early stopping.";
    return result;
  }
  result.met = true;
  result.estimate_ns = Estimate(latencies, allowed);
  result.text = " * Processed at least " + needed + " queries (" + std::to_string(queries) +
                ").\n * Would discard " + std::to_string(allowed - 1) +
                " highest latency queries.\n" +
                EstimateLine(PercentileLabel(percentile, percent_decimal), *result.estimate_ns);
  if (with_p99) {
    constexpr double kP99 = 0.99;
    const std::string label = PercentileLabel(kP99, percent_decimal);
    const uint64_t allowed_p99 = OverlatencyAllowed(kP99, queries).value_or(0);
    if (allowed_p99 < 1) {
      result.text += "\n * Not enough queries processed for " + label +
                     " percentile\n early stopping estimate (would need to process at\n least " +
                     std::to_string(QueriesNeeded(kP99, 1)) + " total queries).";
    } else {
      result.estimate_p99_ns = Estimate(latencies, allowed_p99);
      result.text += "\n" + EstimateLine(label, *result.estimate_p99_ns);
    }
  }
  return result;
}

EarlyStopping CheckOverlatency(double percentile, uint64_t queries, uint64_t over) {
  const uint64_t needed = QueriesNeeded(percentile, over);
  EarlyStopping result;
  result.met = queries >= needed;
  result.text = result.met ? " * Run successful."
                           : " * Run unsuccessful.\n * Processed " + std::to_string(queries) +
                                 " queries.\n * Would need to run at least " +
                                 std::to_string(needed - queries) +
                                 " more queries,\n with the run being successful if every "
                                 "additional\n query were under latency.";
  return result;
}

std::string TtftText(const TokenReport& tokens) {
  return tokens.tpot_early_stopping.met ? tokens.ttft_early_stopping.text : std::string();
}

}  // namespace mlperf::results
