#include "log/run_log.h"

#include <array>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <utility>

#include "base/process.h"
#include "base/text.h"
#include "base/thread_id.h"
#include "mlperf_loadgen/errors.h"

namespace mlperf::log {
namespace {

std::tm UtcParts(std::time_t time) {
  std::tm parts{};
  gmtime_r(&time, &parts);
  return parts;
}

std::string Format(const char* format, std::time_t time) {
  const std::tm parts = UtcParts(time);
  std::array<char, 64> text{};
  return {text.data(), std::strftime(text.data(), text.size(), format, &parts)};
}

Paths MakePaths(const LogSettings& settings) {
  if (!settings.write_files) return {};
  const LogOutputSettings& output = settings.log_output;
  std::string stem = output.outdir.empty() ? std::string() : output.outdir + "/";
  stem += output.prefix;
  if (output.prefix_with_datetime) stem += IsoDateTime() + "_";
  const auto path = [&](const char* kind, const char* extension) {
    return stem + kind + output.suffix + extension;
  };
  return {path("summary", ".txt"), path("detail", ".txt"), path("accuracy", ".json"),
          path("trace", ".json")};
}

// Nanoseconds as milliseconds with six decimals.
std::string Millis(int64_t ns) {
  const std::string rest = std::to_string(ns % 1000000);
  return std::to_string(ns / 1000000) + "." + std::string(6 - rest.size(), '0') + rest;
}

std::string MlLogLine(const base::Entry& entry, int64_t time_ns) {
  const auto flag = [&](base::Severity severity) {
    return base::JsonBool(entry.severity == severity);
  };
  return ":::MLLOG {\"key\": " + base::JsonString(entry.key) + ", \"value\": " + entry.json +
         ", \"time_ms\": " + Millis(time_ns) +
         ", \"namespace\": \"mlperf::logging\", \"event_type\": \"POINT_IN_TIME\", \"metadata\": " +
         "{\"is_error\": " + flag(base::Severity::kError) +
         ", \"is_warning\": " + flag(base::Severity::kWarning) +
         ", \"file\": \"loadgen\", \"line_no\": 0, \"pid\": " + std::to_string(base::ProcessId()) +
         ", \"tid\": " + std::to_string(base::ThreadId()) + "}}\n";
}

// A JSON string without its quotes; line breaks stay escaped. Other values as they are.
std::string PlainValue(std::string_view json) {
  if (!json.starts_with('"')) return std::string(json);
  std::string text;
  json = json.substr(1, json.size() - 2);
  for (size_t i = 0; i < json.size(); ++i) {
    const bool escapes = json[i] == '\\' && i + 1 < json.size();
    if (escapes && (json[i + 1] == '"' || json[i + 1] == '\\')) ++i;
    text += json[i];
  }
  return text;
}

// Whether the value is a sentence that says all.
bool IsText(const base::Entry& entry) {
  return entry.severity != base::Severity::kInfo || entry.key == "generic_message";
}

std::string PlainLine(const base::Entry& entry, int64_t time_ns) {
  std::string line = "\"pid\": " + std::to_string(base::ProcessId()) +
                     ", \"tid\": " + std::to_string(base::ThreadId()) +
                     ", \"ts\": " + std::to_string(time_ns) + "ns : ";
  if (entry.severity == base::Severity::kError) line += "ERROR : ";
  if (entry.severity == base::Severity::kWarning) line += "WARNING : ";
  if (!IsText(entry)) line += entry.key + " : ";
  return line + PlainValue(entry.json) + "\n";
}

// The file that stands for all of a test: two tests with one detail log share the others, too.
OutputFile OpenDetail(const std::string& path) {
  OutputFile file(path, OutputFile::Sharing::kExclusive);
  if (file.taken()) throw OutputError("another test is writing to " + base::OneLine(path));
  return file;
}

}  // namespace

RunLog::RunLog(const LogSettings& settings, base::Clock& clock, std::function<void()> on_failure,
               LineForm form)
    : settings_(settings),
      clock_(clock),
      start_ns_(clock.NowNs()),
      form_(form),
      on_failure_(std::move(on_failure)),
      paths_(MakePaths(settings)),
      detail_(OpenDetail(paths_.detail)),
      accuracy_(OutputFile(paths_.accuracy), on_failure_),
      trace_(OutputFile(paths_.trace), settings.write_files && settings.enable_trace, start_ns_),
      process_(base::ProcessId()) {
  std::string failures;
  for (const std::string& error :
       {ClearPlace(paths_.summary), detail_.error(), accuracy_.error(), trace_.file().error()}) {
    if (!error.empty()) failures += (failures.empty() ? "" : "\n") + error;
  }
  if (!failures.empty()) throw OutputError(failures);
}

std::string RunLog::Line(const base::Entry& entry) const {
  const int64_t time_ns = clock_.NowNs() - start_ns_;
  return form_ == LineForm::kPlain ? PlainLine(entry, time_ns) : MlLogLine(entry, time_ns);
}

void RunLog::Detail(std::span<const base::Entry> entries) {
  std::string lines;
  for (const base::Entry& entry : entries) lines += Line(entry);
  const std::lock_guard lock(detail_mutex_);
  const bool was_well = detail_.error().empty();
  detail_.Write(lines);
  if (settings_.log_output.copy_detail_to_stdout) {
    std::fputs(lines.c_str(), stdout);
    std::fflush(stdout);  // or a forked process would print it again
  }
  if (was_well && !detail_.error().empty()) on_failure_();
}

void RunLog::Summary(std::string_view text) {
  if (base::ProcessId() != process_) return;
  if (!paths_.summary.empty()) summary_error_ = ReplaceFile(paths_.summary, text);
  if (settings_.log_output.copy_summary_to_stdout) {
    std::fwrite(text.data(), 1, text.size(), stdout);
    std::fflush(stdout);
  }
}

void RunLog::Check() {
  const OutputFile* const files[] = {&detail_, &accuracy_.file(), &trace_.file()};
  for (const OutputFile* file : files) {
    const char* const lost = file->WhatIsLost();
    if (lost == nullptr) continue;
    {
      const std::lock_guard lock(detail_mutex_);
      if (!lost_error_.empty()) return;
      lost_error_ = "cannot write " + base::OneLine(file->path()) + ": " + lost;
    }
    return on_failure_();
  }
}

bool RunLog::CloseRecords() {
  Check();
  accuracy_.Close();
  trace_.Close();
  return lost_error_.empty() && accuracy_.error().empty() && trace_.file().error().empty();
}

std::string RunLog::Close() {
  CloseRecords();
  detail_.Close();
  for (const std::string& error :
       {lost_error_, detail_.error(), accuracy_.error(), trace_.file().error(), summary_error_}) {
    if (!error.empty()) return error;
  }
  return {};
}

std::string IsoDateTime() { return Format("%Y-%m-%dT%H:%M:%SZ", std::time(nullptr)); }

std::string PowerDateTime(std::chrono::system_clock::time_point time) {
  const int64_t ms =
      std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count();
  const std::string rest = std::to_string(ms % 1000);
  return Format("%m-%d-%Y %H:%M:%S", static_cast<std::time_t>(ms / 1000)) + "." +
         std::string(3 - rest.size(), '0') + rest;
}

}  // namespace mlperf::log
