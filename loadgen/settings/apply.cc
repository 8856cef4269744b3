#include "settings/apply.h"

#include <cmath>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include "base/text.h"
#include "settings/config.h"
#include "settings/names.h"
#include "settings/round_form.h"
#include "settings/table.h"
#include "settings/unknown_keys.h"

namespace mlperf::settings {
namespace {

std::string AtLine(int line) { return ", line=" + std::to_string(line); }

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

// Whether the settings are so already.
bool Repeats(const TestSettings& settings, const Row& row, const ConfigKey& key,
             const Number& number) {
  TestSettings set = settings;
  Setter setter(set, key, number);
  std::visit(setter, row.member);
  return !setter.out_of_range() &&
         std::visit([&](auto member) { return set.*member == settings.*member; }, row.member);
}

}  // namespace

bool Apply(std::string_view text, std::string_view model, std::string_view scenario, Source source,
           TestSettings& settings, std::vector<Origin>* origins) {
  const Config config = ParseConfig(text);
  std::vector<std::string> errors = config.errors;
  TestSettings result = settings;
  std::vector<Origin> found;
  const std::vector<std::string> mistakes = UnknownKeyWarnings(config);
  for (const std::string& mistake : mistakes) AddWarning(result, mistake);

  const RoundForm& form = FormOf(result.rules);
  // What a config calls MultiStream is one of two scenarios, or either.
  const bool fixed_interval = scenario == Name(TestScenario::MultiStreamFixedInterval);
  if (fixed_interval) scenario = NameInConfigs(TestScenario::MultiStreamFixedInterval);
  const auto not_meant = [&](std::optional<TestScenario> known) {
    if (known == TestScenario::MultiStream) return fixed_interval;
    return known == TestScenario::MultiStreamFixedInterval && !fixed_interval &&
           !form.fixed_intervals;
  };
  if (source == Source::kFile && mistakes.empty()) {  // which may be why nothing fits
    const std::string misfit = Misfit(config, model, scenario);
    if (!misfit.empty()) AddWarning(result, misfit);
  }

  for (const Row& row : Table()) {
    if (!row.config || (row.needs != nullptr && !(result.*row.needs))) continue;
    const ConfigKey& key = *row.config;
    if (not_meant(key.scenario)) continue;
    const auto* line =
        Lookup(config, model, key.scenario ? NameInConfigs(*key.scenario) : scenario, key.name);
    if (line == nullptr) continue;
    const Number& number = line->second;
    if (key.only_in_rules && source != Source::kRules && !form.files_set_all) {
      if (!Repeats(result, row, key, number)) {
        AddWarning(result, std::string(key.name) +
                               " can be set by the built-in rules only, ignored" +
                               AtLine(number.line));
      }
      continue;
    }
    Setter setter(result, key, number);
    std::visit(setter, row.member);
    found.push_back({row.name, {}, number.line, line->first});
    if (setter.out_of_range()) {
      errors.push_back("value is out of range" + AtLine(number.line) + ": " +
                       std::string(key.name) + " = " + Clip(number.text));
    }
  }

  if (errors.empty()) {
    settings = std::move(result);
    if (origins != nullptr) origins->insert(origins->end(), found.begin(), found.end());
    return true;
  }
  for (const std::string& error : errors) AddError(settings, error);
  return false;
}

void AddError(TestSettings& settings, std::string_view text) {
  settings.notes.push_back({true, "error_invalid_config", base::OneLine(text)});
}

void AddWarning(TestSettings& settings, std::string_view text) {
  settings.notes.push_back({false, "warning_generic_message", base::OneLine(text)});
}

}  // namespace mlperf::settings
