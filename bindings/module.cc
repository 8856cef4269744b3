#include "completion.h"
#include "exceptions.h"
#include "python.h"
#include "qsl.h"
#include "query_count.h"
#include "report.h"
#include "run.h"
#include "sample_types.h"
#include "samples.h"
#include "settings.h"
#include "sut.h"

PYBIND11_MODULE(_core, module) {
  using namespace mlperf::python;
  module.doc() = "The compiled part of mlperf_loadgen. Use mlperf_loadgen.";
  module.attr("__version__") = MLPERF_LOADGEN_VERSION;
  RegisterErrors();
  RegisterSettings(module);
  RegisterSampleTypes(module);
  RegisterSamples(module);
  RegisterSut(module);
  RegisterQsl(module);
  RegisterCompletion(module);
  RegisterReport(module);
  RegisterQueryCount(module);
  RegisterRun(module);
}
