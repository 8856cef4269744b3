#include <string>

#include "mlperf_loadgen/loadgen.h"
#include "register.h"
#include "results/early_stopping.h"

namespace mlperf::python {

void RegisterQueryCount(py::module_& module) {
  py::class_<QueryCount>(module, "QueryCount", "How many queries make a percentile trustworthy.")
      .def_readonly("exact", &QueryCount::exact, "To the nearest whole number.")
      .def_readonly("rounded", &QueryCount::rounded,
                    "Up to a multiple of 8192, as the rules until v1.1 ask.")
      .def("__repr__", [](const QueryCount& count) {
        return "QueryCount(exact=" + std::to_string(count.exact) +
               ", rounded=" + std::to_string(count.rounded) + ")";
      });
  module.def("minimum_query_count", &MinimumQueryCount, py::arg("percentile"),
             py::arg("confidence") = 0.99,
             "The queries after which the fraction of queries within a latency limit, "
             "``percentile``, is known to a margin of a twentieth of the tail with probability "
             "``confidence``.\n\n"
             "Both are fractions. margin = (1 - percentile) / 20, and by the normal approximation, "
             "with z such that P(abs(Z) <= z) = confidence, n = z**2 * percentile * (1 - "
             "percentile) / margin**2. This is the sizing of arXiv:1911.02549, from which the "
             "query counts of the rules until v1.1 come; today's rules use early stopping instead. "
             "Raises ValueError unless both are inside (0, 1) and the count is at most 2**53.");
  module.def("queries_needed", &results::QueriesNeeded, py::arg("percentile"), py::arg("over"),
             "Return the fewest queries of which ``over`` may be over the limit.");
}

}  // namespace mlperf::python
