// TestSettings::FromConfig.

#include <cerrno>
#include <fstream>
#include <optional>
#include <string>

#include "settings/apply.h"
#include "settings/mistakes.h"
#include "settings/round_form.h"
#include "settings/rules.h"
#include "test_settings.h"

namespace mlperf {
namespace {

// Real ones have some kilobytes. What goes on for ever, such as a device, is not read to its end.
constexpr size_t kLargestFile = 16 << 20;

// Nothing when the file cannot be read; a folder cannot. Of a file that is too large the beginning.
std::optional<std::string> ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text;
  char buffer[4096];
  while (text.size() <= kLargestFile && (file.read(buffer, sizeof(buffer)) || file.gcount() > 0)) {
    text.append(buffer, static_cast<size_t>(file.gcount()));
  }
  if (!file.is_open() || file.bad()) return std::nullopt;
  return text;
}

}  // namespace

int TestSettings::FromConfig(const std::string& path, const std::string& model,
                             const std::string& scenario_name, int conf_type) {
  constexpr int kRulesOnly = 0;
  constexpr int kUser = 1;
  const std::string mistake = settings::ScenarioMistake(scenario_name);
  if (!mistake.empty()) settings::AddWarning(*this, mistake + ", asked for in FromConfig");

  if (conf_type == kRulesOnly) {
    settings::ApplyRules(model, scenario_name, *this);
    return 0;
  }
  const std::optional<std::string> text = ReadFile(path);
  if (conf_type == kUser) {
    if (user_configs_applied == 0) {
      if (text) settings::RecogniseRound(*text, model, scenario_name, *this);
      settings::ApplyRules(model, scenario_name, *this);
    } else if (!settings::FormOf(rules).files_set_all) {
      settings::AddError(
          *this, "Multiple conf files are used. This is not valid for official submission.");
    }
    ++user_configs_applied;
  }

  if (!text) {
    settings::AddError(*this, "can't open file " + path);
    return -ENOENT;
  }
  if (text->size() > kLargestFile) {
    settings::AddError(*this, path + " is no config: it has more than " +
                                  std::to_string(kLargestFile >> 20U) + " MiB");
    return -EINVAL;
  }
  return settings::Apply(*text, model, scenario_name, settings::Source::kFile, *this) ? 0 : -EINVAL;
}

}  // namespace mlperf
