// Exact binomial probabilities.

#ifndef MLPERF_LOADGEN_RESULTS_BINOMIAL_H_
#define MLPERF_LOADGEN_RESULTS_BINOMIAL_H_

namespace mlperf::results {

// The number of hits in a number of independent trials, each a hit with probability `hit`, miss =
// 1 - hit, both inside (0, 1). Counts are whole numbers held in double: exact up to 2^53.
class Binomial {
 public:
  Binomial(double hit, double miss) : hit_(hit), miss_(miss) {}

  // P(exactly `hits` of `trials`), 0 <= hits <= trials. The relative error stays near 1e-13 for any
  // size: logarithms of factorials, which would lose digits, are not subtracted from each other.
  double Exactly(double trials, double hits) const;

  // P(at most `hits` of `trials`). Takes a few sqrt(hits) steps.
  double AtMost(double trials, double hits) const;

 private:
  double hit_;
  double miss_;
};

}  // namespace mlperf::results

#endif  // MLPERF_LOADGEN_RESULTS_BINOMIAL_H_
