#include "settings/from_config.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <string>

#include "mlperf_loadgen/test_settings.h"
#include "settings/round_form.h"
#include "settings/rules.h"
#include "settings/unknown_keys.h"

namespace mlperf {
namespace settings {
namespace {

// Real ones have some kilobytes.
constexpr size_t kLargestFile = 16 << 20;

struct Content {
  std::string text;   // of a file that is too large the beginning
  std::string fault;  // why it cannot be read; empty when it does not exist
  bool failed = false;
};

const char* Kind(mode_t mode) {
  if (S_ISDIR(mode)) return "a folder";
  return S_ISFIFO(mode) ? "a named pipe" : "a device";
}

// Only a regular file is read, and opening a pipe does not wait for its writer.
Content ReadFile(const std::string& path) {
  const int descriptor = open(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  const std::unique_ptr<FILE, int (*)(FILE*)> file(
      descriptor < 0 ? nullptr : fdopen(descriptor, "rb"), std::fclose);
  struct stat status{};
  if (file == nullptr || fstat(descriptor, &status) != 0) {
    if (errno == ENXIO) return {{}, "it is a socket, not a regular file", true};
    return {{}, errno == ENOENT ? "" : std::strerror(errno), true};
  }
  if (!S_ISREG(status.st_mode)) {
    return {{}, std::string("it is ") + Kind(status.st_mode) + ", not a regular file", true};
  }
  Content content;
  char buffer[4096];
  while (content.text.size() <= kLargestFile) {
    const size_t read = std::fread(buffer, 1, sizeof(buffer), file.get());
    if (read == 0) break;
    content.text.append(buffer, read);
  }
  if (std::ferror(file.get()) != 0) return {{}, std::strerror(errno), true};
  return content;
}

}  // namespace

int FromConfig(TestSettings& settings, const std::string& path, const std::string& model,
               const std::string& scenario_name, int conf_type, std::vector<Origin>* origins) {
  constexpr int kRulesOnly = 0;
  constexpr int kUser = 1;
  constexpr int kAudit = 2;
  if (conf_type < kRulesOnly || conf_type > kAudit) {
    AddError(settings, "conf_type = " + std::to_string(conf_type) +
                           ": must be 0 (the built-in rules), 1 (a user.conf) or 2 (an "
                           "audit.config)");
    return -EINVAL;
  }
  const std::string mistake = ScenarioMistake(scenario_name);
  if (!mistake.empty()) AddWarning(settings, mistake + ", asked for in FromConfig");

  const bool with_rules =
      conf_type == kRulesOnly || (conf_type == kUser && settings.user_configs_applied == 0);
  const std::string unknown = with_rules ? ModelMistake(model) : "";
  if (!unknown.empty()) AddWarning(settings, unknown + ", asked for in FromConfig");

  if (conf_type == kRulesOnly) {
    ApplyRules(model, scenario_name, settings, origins);
    return 0;
  }
  const Content content = ReadFile(path);
  if (conf_type == kUser) {
    if (settings.user_configs_applied == 0) {
      if (!content.failed) RecogniseRound(content.text, model, scenario_name, settings);
      ApplyRules(model, scenario_name, settings, origins);
    } else if (!FormOf(settings.rules).files_set_all) {
      AddError(settings,
               "Multiple conf files are used. This is not valid for official submission.");
    }
    ++settings.user_configs_applied;
  }

  if (content.failed) {
    AddError(settings,
             "can't open file " + path + (content.fault.empty() ? "" : ": " + content.fault));
    return -ENOENT;
  }
  if (content.text.size() > kLargestFile) {
    AddError(settings, path + " is not a config file: it has more than " +
                           std::to_string(kLargestFile >> 20U) + " MiB");
    return -EINVAL;
  }
  return Apply(content.text, model, scenario_name, Source::kFile, settings, origins) ? 0 : -EINVAL;
}

}  // namespace settings

int TestSettings::FromConfig(const std::string& path, const std::string& model,
                             const std::string& scenario_name, int conf_type) {
  return settings::FromConfig(*this, path, model, scenario_name, conf_type, nullptr);
}

}  // namespace mlperf
