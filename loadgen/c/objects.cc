#include "c/objects.h"

#include "base/process.h"

namespace mlperf::c {
namespace {

// Makes what is made at its first use, too: no other thread is then in the middle of that.
void Lock() {
  Suts();
  Qsls();
  AllSettings();
  Reports();
  HandlesMutex().lock();
}
void Unlock() { HandlesMutex().unlock(); }

const base::ForkHandler hold_lock(&Lock, &Unlock, &Unlock);

}  // namespace

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
