// mlperf_loadgen_report_*.

#include "c/objects.h"
#include "c/report_values.h"
#include "c/status.h"

using namespace mlperf::c;

int32_t mlperf_loadgen_report_valid(const mlperf_loadgen_report* report) {
  int32_t valid = 0;
  Guarded([&] { valid = Reports().Get(report)->report.valid ? 1 : 0; });
  return valid;
}

mlperf_loadgen_status mlperf_loadgen_report_text(const mlperf_loadgen_report* report,
                                                 const char* name, const char** value) {
  return Guarded([&] {
    RequireNotNull(value, "value");
    *value = nullptr;
    const auto object = Reports().Get(report);
    RequireNotNull(name, "name");
    object->shown = TextOf(ValueOf(object->report, name));
    *value = object->shown.c_str();
  });
}

mlperf_loadgen_status mlperf_loadgen_report_number(const mlperf_loadgen_report* report,
                                                   const char* name, double* value) {
  return Guarded([&] {
    RequireNotNull(value, "value");
    const auto object = Reports().Get(report);
    RequireNotNull(name, "name");
    *value = NumberOf(ValueOf(object->report, name), name);
  });
}

mlperf_loadgen_status mlperf_loadgen_report_latencies(const mlperf_loadgen_report* report,
                                                      const int64_t** latencies_ns, size_t* count) {
  return Guarded([&] {
    RequireNotNull(latencies_ns, "latencies_ns");
    RequireNotNull(count, "count");
    const auto object = Reports().Get(report);
    *latencies_ns = object->report.latencies_ns.data();
    *count = object->report.latencies_ns.size();
  });
}

mlperf_loadgen_status mlperf_loadgen_report_destroy(mlperf_loadgen_report* report) {
  return Guarded([&] {
    if (report != nullptr) Reports().Destroy(report);
  });
}
