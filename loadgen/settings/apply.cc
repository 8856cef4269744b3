#include "settings/apply.h"

#include <cmath>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include "base/text.h"
#include "settings/config.h"
#include "settings/mistakes.h"
#include "settings/names.h"
#include "settings/table.h"

namespace mlperf::settings {
namespace {

std::string AtLine(int line) { return ", line=" + std::to_string(line); }

const Number* Lookup(const Config& config, std::string_view model, std::string_view scenario,
                     std::string_view name) {
  const std::pair<std::string_view, std::string_view> prefixes[] = {
      {model, scenario}, {"*", scenario}, {model, "*"}, {"*", "*"}};
  for (const auto& [m, s] : prefixes) {
    std::string key(m);
    key.append(".").append(s).append(".").append(name);
    const auto found = config.values.find(key);
    if (found != config.values.end()) return &found->second;
  }
  return nullptr;
}

// Writes one number into the member it is visited with.
class Setter {
 public:
  Setter(TestSettings& settings, const ConfigKey& key, const Number& number)
      : settings_(settings), key_(key), number_(number) {}

  void operator()(double TestSettings::* member) {
    const double value = number_.real * key_.factor;
    out_of_range_ = !std::isfinite(value);
    if (!out_of_range_) settings_.*member = value;
  }

  void operator()(uint64_t TestSettings::* member) {
    const auto factor = static_cast<uint64_t>(key_.factor);
    if (number_.integer_overflows ||
        number_.integer > std::numeric_limits<uint64_t>::max() / factor) {
      out_of_range_ = true;
      return;
    }
    if (static_cast<double>(number_.integer) != number_.real) {
      AddWarning(settings_, std::string(key_.name) +
                                " takes a whole number: " + Clip(number_.text) + " is read as " +
                                std::to_string(number_.integer) + AtLine(number_.line));
    }
    settings_.*member = number_.integer * factor;
  }

  void operator()(bool TestSettings::* member) {
    settings_.*member = key_.truth == Truth::kOnlyOne ? number_.integer == 1 : number_.integer != 0;
  }

  void operator()(TestMode TestSettings::* member) {
    if (number_.integer > static_cast<uint64_t>(TestMode::FindPeakPerformance)) {
      AddError(settings_, "Invalid value passed to Mode key in config.");
    } else {
      settings_.*member = static_cast<TestMode>(number_.integer);
    }
  }

  // No config key sets a member of these types.
  void operator()(int TestSettings::*) {}
  void operator()(TestScenario TestSettings::*) {}
  void operator()(std::string TestSettings::*) {}

  bool out_of_range() const { return out_of_range_; }

 private:
  TestSettings& settings_;
  const ConfigKey& key_;
  const Number& number_;
  bool out_of_range_ = false;
};

}  // namespace

bool Apply(std::string_view text, std::string_view model, std::string_view scenario, Source source,
           TestSettings& settings) {
  const Config config = ParseConfig(text);
  std::vector<std::string> errors = config.errors;
  TestSettings result = settings;
  const std::vector<std::string> mistakes = Mistakes(config);
  for (const std::string& mistake : mistakes) AddWarning(result, mistake);

  // What a config calls MultiStream is one of two scenarios.
  const bool fixed_interval = scenario == Name(TestScenario::MultiStreamFixedInterval);
  if (fixed_interval) scenario = NameInConfigs(TestScenario::MultiStreamFixedInterval);
  const TestScenario not_meant =
      fixed_interval ? TestScenario::MultiStream : TestScenario::MultiStreamFixedInterval;
  if (source == Source::kFile && mistakes.empty()) {  // which may be why nothing fits
    const std::string misfit = Misfit(config, model, scenario);
    if (!misfit.empty()) AddWarning(result, misfit);
  }

  for (const Row& row : Table()) {
    if (!row.config || (row.needs != nullptr && !(result.*row.needs))) continue;
    const ConfigKey& key = *row.config;
    if (key.scenario == not_meant) continue;
    const Number* number =
        Lookup(config, model, key.scenario ? NameInConfigs(*key.scenario) : scenario, key.name);
    if (number == nullptr) continue;
    if (key.only_in_rules && source != Source::kRules) {
      AddWarning(result, std::string(key.name) + " can be set by the built-in rules only, ignored" +
                             AtLine(number->line));
      continue;
    }
    Setter setter(result, key, *number);
    std::visit(setter, row.member);
    if (setter.out_of_range()) {
      errors.push_back("value is out of range" + AtLine(number->line) + ": " +
                       std::string(key.name) + " = " + Clip(number->text));
    }
  }

  if (errors.empty()) {
    settings = std::move(result);
    return true;
  }
  for (const std::string& error : errors) AddError(settings, error);
  return false;
}

void AddError(TestSettings& settings, std::string_view text) {
  settings.notes.push_back({true, "error_invalid_config", base::Utf8(text)});
}

void AddWarning(TestSettings& settings, std::string_view text) {
  settings.notes.push_back({false, "warning_generic_message", base::Utf8(text)});
}

}  // namespace mlperf::settings
