// An audit.config of any bytes, as a test reads it, on top of settings with seeds of their own.

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "base/process.h"
#include "fuzz/properties.h"
#include "settings/overrides.h"

namespace {

using mlperf::TestScenario;
using mlperf::TestSettings;

TestSettings WithSeeds(TestScenario scenario, bool test05) {
  TestSettings settings;
  settings.scenario = scenario;
  settings.qsl_rng_seed = 11;
  settings.sample_index_rng_seed = 12;
  settings.schedule_rng_seed = 13;
  settings.test05 = test05;
  settings.test05_qsl_rng_seed = 21;
  settings.test05_sample_index_rng_seed = 22;
  settings.test05_schedule_rng_seed = 23;
  settings.server_target_qps = 5;
  settings.min_duration_ms = 100;
  return settings;
}

std::string FileOf(const uint8_t* data, size_t size) {
  static const std::string path =
      (std::filesystem::temp_directory_path() /
       ("audit_fuzz_" + std::to_string(mlperf::base::ProcessId()) + ".config"))
          .string();
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file.write(reinterpret_cast<const char*>(data), static_cast<std::streamsize>(size));
  file.close();
  REQUIRE(file.good(), path);
  return path;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string path = FileOf(data, size);
  for (const TestScenario scenario : fuzz::kScenarios) {
    for (const bool test05 : {false, true}) {
      const TestSettings asked = WithSeeds(scenario, test05);
      mlperf::base::Entries entries;
      std::string audited;
      try {
        const TestSettings settings =
            mlperf::settings::ApplyOverrides(asked, path, &entries, &audited);
        REQUIRE(!entries.empty() && !audited.empty(), "a file that was read without a word");
        fuzz::RequireJson(entries);
        REQUIRE(settings.scenario == scenario && settings.test05 == test05, "not an audit's");
        REQUIRE(settings.qsl_rng_seed == (test05 ? 21U : 11U), "qsl_rng_seed");
        REQUIRE(settings.sample_index_rng_seed == (test05 ? 22U : 12U), "sample_index_rng_seed");
        REQUIRE(settings.schedule_rng_seed == (test05 ? 23U : 13U), "schedule_rng_seed");
        REQUIRE(!test05 || settings.mode == mlperf::TestMode::PerformanceOnly, "mode");
        fuzz::RequireRefusedOrPlanned(settings, 20, 20);
      } catch (const mlperf::SettingsError& error) {
        std::istringstream lines{std::string(error.what())};
        for (std::string line; std::getline(lines, line);) {
          REQUIRE(line.starts_with(path + ": ") && (line.find(", line=") != std::string::npos ||
                                                    line.ends_with(fuzz::kModeError)),
                  line);
        }
      }
    }
  }
  std::filesystem::remove(path);
  return 0;
}
