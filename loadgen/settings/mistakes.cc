#include "settings/mistakes.h"

#include <algorithm>
#include <span>

#include "settings/names.h"
#include "settings/spelling.h"
#include "settings/table.h"

namespace mlperf::settings {
namespace {

using Words = std::vector<std::string_view>;

Words KnownScenarios() {
  Words words = {"*"};
  for (const TestScenario scenario : {TestScenario::SingleStream, TestScenario::MultiStream,
                                      TestScenario::Server, TestScenario::Offline}) {
    words.push_back(Name(scenario));
  }
  return words;
}

Words KnownNames() {
  Words words(IgnoredConfigNames().begin(), IgnoredConfigNames().end());
  for (const Row& row : Table()) {
    if (row.config) words.push_back(row.config->name);
  }
  return words;
}

// Empty when `word` is known.
std::string Unknown(std::string_view what, std::string_view word, const Words& known) {
  if (std::find(known.begin(), known.end(), word) != known.end()) return {};
  std::string text = "unknown " + std::string(what) + " '" + Clip(word) + "'";
  const std::string_view nearest = Nearest(word, known);
  if (!nearest.empty()) text.append("; the nearest known is '").append(nearest).append("'");
  return text;
}

std::string KeyMistake(std::string_view key, const Words& scenarios, const Words& names) {
  // Only the model may hold dots.
  const size_t name_dot = key.rfind('.');
  const size_t scenario_dot = name_dot == 0 || name_dot == std::string_view::npos
                                  ? std::string_view::npos
                                  : key.rfind('.', name_dot - 1);
  if (scenario_dot == std::string_view::npos) {
    return "'" + Clip(key) + "' is not of the form model.scenario.name";
  }
  std::string mistake = Unknown("setting", key.substr(name_dot + 1), names);
  if (!mistake.empty()) return mistake;
  const std::string_view scenario = key.substr(scenario_dot + 1, name_dot - scenario_dot - 1);
  return Unknown("scenario", scenario, scenarios);
}

}  // namespace

std::vector<std::string> Mistakes(const Config& config) {
  std::vector<std::string> mistakes = config.warnings;
  const Words scenarios = KnownScenarios();
  const Words names = KnownNames();
  for (const auto& [key, number] : config.values) {
    if (key.starts_with('#')) continue;
    const std::string mistake = KeyMistake(key, scenarios, names);
    if (!mistake.empty()) AddAtLine(mistake + ", ignored", number.line, mistakes);
  }
  return mistakes;
}

std::string ScenarioMistake(std::string_view scenario) {
  if (ScenarioFromName(scenario)) return {};
  return Unknown("scenario", scenario, KnownScenarios());
}

}  // namespace mlperf::settings
