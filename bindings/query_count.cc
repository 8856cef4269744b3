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
             "`percentile`, is known to a twentieth of the tail with probability `confidence`.");
  module.def("queries_needed", &results::QueriesNeeded, py::arg("percentile"), py::arg("over"),
             "The fewest queries of which `over` may be over the limit.");
}

}  // namespace mlperf::python
