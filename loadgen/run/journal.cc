#include "run/journal.h"

#include "base/text.h"
#include "settings/round_form.h"

namespace mlperf::run {
namespace {

using base::Severity;
using track::Fault;

// What spoils the result as a whole. Wrong first tokens spoil the token metrics, which have limits
// of their own.
bool Invalidates(Fault fault) {
  switch (fault) {
    case Fault::kUnknownId:
    case Fault::kOldId:
    case Fault::kNotIssued:
    case Fault::kCompletedTwice:
    case Fault::kNullData:
    case Fault::kNoTokenCount:
    case Fault::kNegativeTokenCount:
    case Fault::kBadData:
    case Fault::kCallbackThrew: return true;
    default: return false;
  }
}

std::string Sentence(const track::FaultBook::Line& line) {
  if (line.count == 1) return line.first_example;
  return line.first_example + " (the first of " + std::to_string(line.count) + ")";
}

}  // namespace

void Journal::Count(const base::Entry& entry) {
  if (entry.severity == Severity::kWarning) ++warnings_;
  if (entry.severity != Severity::kError) return;
  ++errors_;
  const std::lock_guard lock(mutex_);
  error_lines_.push_back(entry.key + ": " + entry.json);
}

void Journal::Note(const base::Entry& entry) {
  Count(entry);
  log_.Detail(entry);
}

void Journal::Note(const base::Entries& entries) {
  base::Entries known;
  for (const base::Entry& entry : entries) {
    Count(entry);
    if (settings::HasKey(rules_, entry.key)) known.push_back(entry);
  }
  log_.Detail(known);
}

void Journal::Message(std::string_view text) {
  Note({"generic_message", base::JsonString(text), Severity::kInfo});
}

void Journal::Error(std::string_view text) {
  Note({"error_runtime", base::JsonString(text), Severity::kError});
}

void Journal::Record(Fault fault, ResponseId id) {
  if (!faults_.Record(fault, id)) return;
  log_.Detail({"error_runtime", base::JsonString(faults_.FirstExample(fault)), Severity::kError});
}

void Journal::CloseFaults() {
  for (const auto& line : faults_.Lines()) {
    if (line.count == 1) continue;
    log_.Detail({"error_runtime", base::JsonString(Sentence(line)), Severity::kError});
  }
}

std::vector<std::string> Journal::ErrorLines() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> lines = error_lines_;
  for (const auto& line : faults_.Lines()) lines.push_back(Sentence(line));
  return lines;
}

std::vector<std::string> Journal::InvalidatingLines() const {
  std::vector<std::string> lines;
  for (const auto& line : faults_.Lines()) {
    if (Invalidates(line.fault)) lines.push_back(Sentence(line));
  }
  return lines;
}

}  // namespace mlperf::run
