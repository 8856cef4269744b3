// What the handles of the C faces stand for. SUTs and QSLs are the same for both.

#ifndef MLPERF_LOADGEN_C_OBJECTS_H_
#define MLPERF_LOADGEN_C_OBJECTS_H_

#include <string>

#include "c/handles.h"
#include "c/named_settings.h"
#include "mlperf_loadgen/query_sample_library.h"
#include "mlperf_loadgen/report.h"
#include "mlperf_loadgen/system_under_test.h"

namespace mlperf::c {

struct SettingsObject {
  NamedSettings values;
  std::string shown;  // the text that was handed out last
};

struct ReportObject {
  Report report;
  std::string shown;  // the text that was handed out last
};

// They live as long as the process: a thread may come with a handle while it ends.
Handles<SystemUnderTest>& Suts();
Handles<QuerySampleLibrary>& Qsls();
Handles<SettingsObject>& AllSettings();
Handles<ReportObject>& Reports();

}  // namespace mlperf::c

#endif  // MLPERF_LOADGEN_C_OBJECTS_H_
