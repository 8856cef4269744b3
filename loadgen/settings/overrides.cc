#include "settings/overrides.h"

#include <sys/stat.h>

#include <iterator>
#include <string_view>
#include <utility>
#include <variant>

#include "base/text.h"
#include "mlperf_loadgen/errors.h"
#include "settings/config.h"
#include "settings/log_entries.h"
#include "settings/names.h"
#include "settings/table.h"

namespace mlperf::settings {
namespace {

constexpr int kAuditConfig = 2;

bool IsThere(const std::string& path) {
  struct stat status{};
  return lstat(path.c_str(), &status) == 0;
}

// "settings of <path> applied: mode, min_query_count; ...".
std::string Changes(const std::string& path, const TestSettings& before,
                    const TestSettings& after) {
  std::string names;
  for (const Row& row : Table()) {
    std::visit(
        [&](auto member) {
          if (before.*member == after.*member) return;
          names.append(names.empty() ? "" : ", ").append(row.name);
        },
        row.member);
  }
  return "settings of " + Clip(path) + " applied: " + (names.empty() ? "none changes" : names) +
         "; remove the file to run without it";
}

void ApplyAuditConfig(const std::string& path, TestSettings& settings, base::Entries* entries,
                      std::string* applied) {
  if (!IsThere(path)) return;
  TestSettings audited = settings;
  audited.notes.clear();
  const std::string scenario(Name(settings.scenario));
  const int result = audited.FromConfig(path, "*", scenario, kAuditConfig);
  if (result != 0) {
    std::string problems;
    for (const SettingsNote& note : audited.notes) {
      problems.append(problems.empty() ? "" : "\n")
          .append(base::OneLine(path))
          .append(": ")
          .append(note.text);
    }
    throw SettingsError(problems);
  }

  // The published tools know this text, whatever the file's name.
  entries->push_back(base::Warning(
      "Found Audit Config file (audit.config). Overriding TestSettings from audit.config file."));
  base::Entries notes = NoteEntries(audited);
  std::move(notes.begin(), notes.end(), std::back_inserter(*entries));
  audited.notes = settings.notes;
  *applied = Changes(path, settings, audited);
  settings = std::move(audited);
}

void ApplyTest05(TestSettings& settings, base::Entries* entries) {
  entries->push_back(base::Warning("Test05 flag detected Overriding random seeds"));
  settings.mode = TestMode::PerformanceOnly;
  settings.qsl_rng_seed = settings.test05_qsl_rng_seed;
  settings.sample_index_rng_seed = settings.test05_sample_index_rng_seed;
  settings.schedule_rng_seed = settings.test05_schedule_rng_seed;
}

}  // namespace

TestSettings ApplyOverrides(const TestSettings& settings, const std::string& audit_path,
                            base::Entries* entries, std::string* audited) {
  TestSettings result = settings;
  ApplyAuditConfig(audit_path, result, entries, audited);
  if (result.test05) ApplyTest05(result, entries);
  return result;
}

}  // namespace mlperf::settings
