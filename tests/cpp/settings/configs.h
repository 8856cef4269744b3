// Config texts as files, as settings, and as what is said of them.

#ifndef MLPERF_LOADGEN_TESTS_CPP_SETTINGS_CONFIGS_H_
#define MLPERF_LOADGEN_TESTS_CPP_SETTINGS_CONFIGS_H_

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "check.h"
#include "mlperf_loadgen/test_settings.h"
#include "settings/apply.h"

namespace configs {

using mlperf::TestSettings;
using Strings = std::vector<std::string>;

// A file that is gone with the object.
class File {
 public:
  File(const std::string& name, const std::string& text)
      : path_((std::filesystem::temp_directory_path() / ("mlperf_config_test_" + name)).string()) {
    std::ofstream(path_, std::ios::binary) << text;
  }
  ~File() { std::filesystem::remove(path_); }
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

inline TestSettings Applied(const std::string& text, const std::string& model = "m",
                            const std::string& scenario = "Server") {
  TestSettings s;
  CHECK(mlperf::settings::Apply(text, model, scenario, mlperf::settings::Source::kFile, s));
  return s;
}

inline Strings Texts(const TestSettings& s, bool errors) {
  Strings texts;
  for (const auto& note : s.notes) {
    if (note.is_error == errors) texts.push_back(note.text);
  }
  return texts;
}

}  // namespace configs

#endif  // MLPERF_LOADGEN_TESTS_CPP_SETTINGS_CONFIGS_H_
