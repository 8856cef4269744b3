#include "settings/unknown_keys.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <span>
#include <utility>

#include "scenario/traits.h"
#include "settings/names.h"
#include "settings/rules.h"
#include "settings/suggest.h"
#include "settings/table.h"

namespace mlperf::settings {
namespace {

using Words = std::vector<std::string_view>;

// Names that published configs hold for other tools, or for nothing. They set nothing.
constexpr std::string_view kIgnoredConfigNames[] = {
    "target_duration",            // in the published rules, read by nothing
    "test07_accuracy_threshold",  // of the compliance tests' own scripts
    "test09_min_output_tokens",
    "test09_max_output_tokens",
};

constexpr size_t kMostCompared = 200;  // models of a file; one has some dozens

Words KnownScenarios() {
  Words words = {"*"};
  for (const scenario::Traits& row : scenario::kTable) {
    if (row.name == std::string_view(row.name_in_configs)) words.push_back(row.name);
  }
  return words;
}

Words KnownNames() {
  Words words(std::begin(kIgnoredConfigNames), std::end(kIgnoredConfigNames));
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
  const std::optional<Key> parts = SplitKey(key);
  if (!parts) return "'" + Clip(key) + "' is not of the form model.scenario.name";
  std::string mistake = Unknown("setting", parts->name, names);
  return mistake.empty() ? Unknown("scenario", parts->scenario, scenarios) : mistake;
}

template <typename T>
bool Has(const std::vector<T>& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

// The one of `models` that `model` may be meant for. Empty when there is none.
std::string_view NearestModel(std::string_view model, const Words& models) {
  // Submitters have models of their own: "test" is not meant for "bert".
  std::string_view nearest = Nearest(model, models, std::max<size_t>(1, model.size() / 4));
  for (const std::string_view known : models) {
    const bool begins = model.starts_with(known) && model.substr(known.size()).starts_with('-');
    if (begins && known.size() > nearest.size()) nearest = known;
  }
  return nearest;
}

}  // namespace

std::vector<std::string> UnknownKeyWarnings(const Config& config) {
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

std::string ModelMistake(std::string_view model) {
  const std::vector<std::string>& known = ModelsWithRules();
  if (Has(known, model)) return {};
  const std::string_view nearest = NearestModel(model, Words(known.begin(), known.end()));
  if (nearest.empty()) return {};
  return "unknown model '" + Clip(model) + "'; the nearest known is '" + std::string(nearest) + "'";
}

std::string Misfit(const Config& config, std::string_view model, std::string_view scenario) {
  constexpr size_t kMostListed = 8;
  Words models;
  std::vector<std::string> listed;  // "model.scenario"
  bool fits = false;
  bool named = false;
  for (const auto& [key, number] : config.values) {
    const std::optional<Key> parts = SplitKey(key);
    if (!parts || key.starts_with('#')) continue;
    named = named || parts->model == model;
    fits = fits || ((parts->model == model || parts->model == "*") &&
                    (parts->scenario == scenario || parts->scenario == "*"));
    if (parts->model != "*" && !Has(models, parts->model) && models.size() < kMostCompared) {
      models.push_back(parts->model);
    }
    std::string place = Clip(key.substr(0, key.size() - parts->name.size() - 1));
    if (listed.size() <= kMostListed && (listed.empty() || listed.back() != place)) {
      listed.push_back(std::move(place));
    }
  }
  if (listed.empty() || (fits && named)) return {};
  const std::string_view nearest = named ? std::string_view() : NearestModel(model, models);
  if (fits) {
    const std::vector<std::string>& known = ModelsWithRules();
    if (nearest.empty() || (Has(known, model) && Has(known, nearest))) return {};
    return "no line names the model '" + Clip(model) + "'; the nearest named is '" + Clip(nearest) +
           "'";
  }
  std::string text = "no line is for the model '" + Clip(model) + "' in the scenario '" +
                     Clip(scenario) + "'; the lines are for ";
  for (size_t i = 0; i < listed.size(); ++i) {
    text.append(i == 0 ? "" : ", ").append(i < kMostListed ? listed[i] : "others");
  }
  if (!nearest.empty()) text.append("; the nearest model is '").append(Clip(nearest)).append("'");
  return text;
}

}  // namespace mlperf::settings
