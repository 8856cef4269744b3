#include "settings/overrides.h"

#include <cerrno>
#include <iterator>
#include <string_view>
#include <utility>

#include "base/text.h"
#include "errors.h"
#include "settings/dump.h"
#include "settings/names.h"

namespace mlperf::settings {
namespace {

constexpr int kAuditConfig = 2;

base::Entry Warning(std::string_view text) {
  return {"warning_generic_message", base::JsonString(text), base::Severity::kWarning};
}

void ApplyAuditConfig(const std::string& path, TestSettings& settings, base::Entries* entries) {
  TestSettings audited = settings;
  audited.notes.clear();
  const std::string scenario(Name(settings.scenario));
  const int result = audited.FromConfig(path, "*", scenario, kAuditConfig);
  if (result == -ENOENT) return;
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
  entries->push_back(Warning(
      "Found Audit Config file (audit.config). Overriding TestSettings from audit.config file."));
  const std::string changes = Changes(settings, audited);
  entries->push_back(Warning("Settings changed by " + base::OneLine(path) + ": " +
                             (changes.empty() ? "none" : changes)));
  base::Entries notes = NoteEntries(audited);
  std::move(notes.begin(), notes.end(), std::back_inserter(*entries));
  audited.notes = settings.notes;
  settings = std::move(audited);
}

void ApplyTest05(TestSettings& settings, base::Entries* entries) {
  entries->push_back(Warning("Test05 flag detected Overriding random seeds"));
  settings.mode = TestMode::PerformanceOnly;
  settings.qsl_rng_seed = settings.test05_qsl_rng_seed;
  settings.sample_index_rng_seed = settings.test05_sample_index_rng_seed;
  settings.schedule_rng_seed = settings.test05_schedule_rng_seed;
}

}  // namespace

TestSettings ApplyOverrides(const TestSettings& settings, const std::string& audit_path,
                            base::Entries* entries) {
  TestSettings result = settings;
  ApplyAuditConfig(audit_path, result, entries);
  if (result.test05) ApplyTest05(result, entries);
  return result;
}

}  // namespace mlperf::settings
