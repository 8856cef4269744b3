#include "c/objects.h"

namespace mlperf::c {

Handles<SystemUnderTest>& Suts() {
  static auto& suts = *new Handles<SystemUnderTest>("sut");
  return suts;
}

Handles<QuerySampleLibrary>& Qsls() {
  static auto& qsls = *new Handles<QuerySampleLibrary>("qsl");
  return qsls;
}

Handles<SettingsObject>& AllSettings() {
  static auto& settings = *new Handles<SettingsObject>("settings");
  return settings;
}

Handles<ReportObject>& Reports() {
  static auto& reports = *new Handles<ReportObject>("report");
  return reports;
}

}  // namespace mlperf::c
