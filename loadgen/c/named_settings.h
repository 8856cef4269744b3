// All that a test is started with, by name and as text.

#ifndef MLPERF_LOADGEN_C_NAMED_SETTINGS_H_
#define MLPERF_LOADGEN_C_NAMED_SETTINGS_H_

#include <string>
#include <string_view>

#include "mlperf_loadgen/test_settings.h"

namespace mlperf::c {

// Used by one thread at a time.
class NamedSettings {
 public:
  // Names: those of the settings table, the members of LogSettings and LogOutputSettings that do
  // something, and audit_config. Both throw SettingsError for any other name. Numbers are decimal,
  // the shortest that are read back as the same; a bool is true, false, 1 or 0; scenario and mode
  // are names.
  void Set(std::string_view name, std::string_view text);  // throws SettingsError for a bad text
  std::string Get(std::string_view name) const;

  // The built-in rules for `model` and the scenario set here and, unless null, the user.conf `path`
  // on top of them. Throws SettingsError with a line for each mistake.
  void ApplyConfig(const char* path, const std::string& model);

  const TestSettings& test() const { return test_; }
  const LogSettings& logs() const { return logs_; }
  const std::string& audit_config() const { return audit_config_; }

 private:
  TestSettings test_;
  LogSettings logs_;
  std::string audit_config_ = "audit.config";
};

}  // namespace mlperf::c

#endif  // MLPERF_LOADGEN_C_NAMED_SETTINGS_H_
