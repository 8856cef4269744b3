#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "issue/memory.h"
#include "mlperf_loadgen/test_settings.h"
#include "register.h"
#include "results/early_stopping.h"
#include "settings/resolve.h"
#include "settings/table.h"
#include "text.h"

namespace mlperf::python {
namespace {

std::pair<TestSettings, EffectiveSettings> Resolve(const TestSettings& settings, const Path& audit,
                                                   uint64_t total, uint64_t performance) {
  settings::ResolvedSettings resolved =
      settings::Resolve(settings, PathBytes(audit), {.total = total, .performance = performance});
  return {std::move(resolved.requested), std::move(resolved.effective)};
}

std::vector<std::string> SettingsThatMatter(const TestSettings& settings) {
  std::vector<std::string> names;
  for (const settings::Row& row : settings::Table()) {
    if (settings::Matters(row, settings)) names.emplace_back(row.name);
  }
  return names;
}

}  // namespace

void RegisterExplain(py::module_& module) {
  module.def(
      "resolve", &Resolve, py::arg("settings"), py::arg("audit_config_filename"),
      py::arg("total_sample_count"), py::arg("performance_sample_count"),
      "Return what a test with these settings and a library of this size would run with.\n\n"
      "The settings with audit.config and test05 applied, and what follows from them. Raises "
      "SettingsError when no test can run with them.");
  module.def(
      "settings_that_matter", &SettingsThatMatter, py::arg("settings"),
      "Return the names of the settings that mean something for a test with these settings.");
  module.def("memory_needed", &issue::MemoryNeeded, py::arg("settings"),
             py::arg("library_total_count"),
             "Return the bytes that a performance run takes at most, without SUT and library.");
  module.def(
      "overlatency_allowed", &results::OverlatencyAllowed, py::arg("percentile"),
      py::arg("queries"),
      "Return how many of ``queries`` may be over the limit; None when even none is too many.");
}

}  // namespace mlperf::python
