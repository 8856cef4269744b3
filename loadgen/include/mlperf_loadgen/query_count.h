// How many queries make a percentile trustworthy: where the query counts of the rules come from.

#ifndef MLPERF_LOADGEN_QUERY_COUNT_H_
#define MLPERF_LOADGEN_QUERY_COUNT_H_

#include <cstdint>

#include "api.h"
#include "cxx17.h"

namespace mlperf {

struct QueryCount {
  uint64_t exact = 1;    // to the nearest whole number
  uint64_t rounded = 1;  // up to a multiple of 2^13, as the rules until v1.1 ask
};

// The queries after which the fraction of queries within a latency limit, p = `percentile`, is
// known to a margin of a twentieth of the tail, (1 - p) / 20, with probability `confidence`. By the
// normal approximation of the binomial distribution, with z such that P(|Z| <= z) = confidence:
//
//   n = z^2 p (1 - p) / margin^2
//
// Both arguments are fractions. This is the sizing of arXiv:1911.02549; today's rules use early
// stopping instead. Throws std::invalid_argument unless both are inside (0, 1) and the count is at
// most 2^53.
MLPERF_LOADGEN_API QueryCount MinimumQueryCount(double percentile, double confidence = 0.99);

}  // namespace mlperf

#endif  // MLPERF_LOADGEN_QUERY_COUNT_H_
