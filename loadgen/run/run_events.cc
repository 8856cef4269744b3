#include "run/run_events.h"

#include <utility>

#include "base/text.h"
#include "settings/round_form.h"

namespace mlperf::run {
namespace {

using base::Severity;
using track::Fault;

// One rule: what makes an answer or a figure of the result another than it was, even of one sample,
// makes the result invalid. A sample of one token has no time per output token, and that is true.
bool Invalidates(Fault fault, bool first_tokens) {
  switch (fault) {
    case Fault::kUnknownId:
    case Fault::kOldId:
    case Fault::kNotIssued:
    case Fault::kCompletedTwice:
    case Fault::kNullData:
    case Fault::kNoTokenCount:
    case Fault::kNegativeTokenCount:
    case Fault::kTooManyTokens:
    case Fault::kBadData:
    case Fault::kCallbackThrew: return true;
    case Fault::kNoFirstToken:
    case Fault::kLateFirstToken:
    case Fault::kFirstTokenTwice: return first_tokens;
    case Fault::kSingleToken:
    case Fault::kNone:
    case Fault::kCount: break;
  }
  return false;
}

std::string Sentence(const track::FaultBook::Line& line) {
  if (line.count == 1) return line.first_example;
  return line.first_example + " (the first of " + std::to_string(line.count) + ")";
}

// The text of an entry; with its key, unless that only says that there is a text.
std::string Words(const base::Entry& entry) {
  std::string text = base::OneLineOfJson(entry.json);
  constexpr std::string_view kKeysOfTexts[] = {"error_runtime", "error_invalid_config",
                                               "error_invalid_test_settings",
                                               "warning_generic_message"};
  for (const std::string_view key : kKeysOfTexts) {
    if (entry.key == key) return text;
  }
  return entry.key + ": " + text;
}

}  // namespace

void RunEvents::Count(const base::Entry& entry) {
  if (entry.severity == Severity::kInfo) return;
  const bool is_error = entry.severity == Severity::kError;
  ++(is_error ? errors_ : warnings_);
  const std::lock_guard lock(mutex_);
  Add(Words(entry), is_error ? &error_lines_ : &warning_lines_);
}

void RunEvents::Add(std::string text, Lines* lines) {
  for (Line& line : *lines) {
    if (line.text == text) {
      ++line.count;
      return;
    }
  }
  lines->push_back({std::move(text), 1});
}

std::vector<std::string> RunEvents::Sentences(const Lines& lines) const {
  std::vector<std::string> sentences;
  const std::lock_guard lock(mutex_);
  for (const Line& line : lines) {
    const std::string times = " (" + std::to_string(line.count) + " times)";
    sentences.push_back(line.count == 1 ? line.text : line.text + times);
  }
  return sentences;
}

void RunEvents::Add(const base::Entry& entry) {
  Count(entry);
  log_.Detail(entry);
}

void RunEvents::Add(const base::Entries& entries) {
  base::Entries known;
  for (const base::Entry& entry : entries) {
    Count(entry);
    if (settings::HasKey(rules_, entry.key)) known.push_back(entry);
  }
  log_.Detail(known);
}

void RunEvents::Info(std::string_view text) {
  Add({"generic_message", base::JsonString(text), Severity::kInfo});
}

void RunEvents::Error(std::string_view text) {
  Add({"error_runtime", base::JsonString(text), Severity::kError});
}

void RunEvents::Warning(std::string_view text) { Add(base::Warning(text)); }

void RunEvents::Record(Fault fault, ResponseId id) {
  if (!faults_.Record(fault, id)) return;
  log_.Detail({"error_runtime", base::JsonString(faults_.FirstExample(fault)), Severity::kError});
}

void RunEvents::CloseFaults() {
  for (const auto& line : faults_.Lines()) {
    if (line.count == 1) continue;
    log_.Detail({"error_runtime", base::JsonString(Sentence(line)), Severity::kError});
  }
}

std::vector<std::string> RunEvents::ErrorLines() const {
  std::vector<std::string> lines = Sentences(error_lines_);
  for (const auto& line : faults_.Lines()) lines.push_back(Sentence(line));
  return lines;
}

std::vector<std::string> RunEvents::WarningLines() const { return Sentences(warning_lines_); }

std::string RunEvents::ForeignIds(uint64_t library_size) const {
  for (const auto& line : faults_.Lines()) {
    if (line.fault != Fault::kUnknownId) continue;
    const std::string named =
        line.count == 1
            ? "1 completion named an id that was never issued ("
            : std::to_string(line.count) + " completions named ids that were never issued (first: ";
    const char* const hint =
        line.first_id < library_size ? "): is it sample.index instead of sample.id?" : ").";
    return named + std::to_string(line.first_id) + hint;
  }
  return {};
}

std::vector<std::string> RunEvents::InvalidatingLines(bool first_tokens) const {
  std::vector<std::string> lines;
  for (const auto& line : faults_.Lines()) {
    if (Invalidates(line.fault, first_tokens)) lines.push_back(Sentence(line));
  }
  return lines;
}

}  // namespace mlperf::run
