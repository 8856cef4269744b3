#include "settings/resolve.h"

#include <iterator>
#include <utility>

#include "settings/check.h"
#include "settings/effective.h"
#include "settings/log_entries.h"
#include "settings/overrides.h"
#include "settings/rules.h"

namespace mlperf::settings {
namespace {

void Append(base::Entries more, base::Entries* entries) {
  std::move(more.begin(), more.end(), std::back_inserter(*entries));
}

}  // namespace

ResolvedSettings Resolve(const TestSettings& settings, const std::string& audit_path,
                         LibrarySize library) {
  ResolvedSettings result;
  base::Entries* const entries = &result.entries;
  result.requested = ApplyOverrides(settings, audit_path, entries, &result.audited);
  result.overridden = !entries->empty();
  result.requested = WithScenarioOfRound(std::move(result.requested));
  const TestSettings& requested = result.requested;
  Check(requested, library.total, library.performance);
  Append(Warnings(requested), entries);
  result.effective = Derive(requested, library.total, library.performance, entries);
  Append(RequestedEntries(requested), entries);
  Append(EffectiveEntries(result.effective, requested), entries);
  result.notes = NoteEntries(requested);
  return result;
}

}  // namespace mlperf::settings
