// What a config says through the C API.

#include "c/named_settings.h"

#include "check.h"
#include "mlperf_loadgen/errors.h"
#include "settings/configs.h"

using mlperf::SettingsNote;
using mlperf::c::NamedSettings;

// A test says what nobody has said before. Of mistakes the status of the call tells.
TEST(a_mistake_is_said_once_a_warning_when_the_test_starts) {
  const configs::File wrong("wrong.conf", "*.*.max_duration = long\n*.*.min_duration = 1 s\n");
  NamedSettings settings;
  const std::string where = wrong.path() + ": value needs to be integer or double, line=";
  CHECK_THROWS(settings.ApplyConfig(wrong.path().c_str(), "m"), mlperf::SettingsError,
               where + "1: 'long'");
  const size_t mistakes = settings.test().notes.size();
  CHECK_EQ(mistakes, size_t{2});
  for (const SettingsNote& note : settings.test().notes) CHECK(note.is_error && note.said);

  const configs::File odd("odd.conf", "*.*.min_qery_count = 5\n");
  settings.ApplyConfig(odd.path().c_str(), "m");
  CHECK_EQ(settings.test().notes.back().text.find("unknown setting 'min_qery_count'"), size_t{0});
  CHECK(!settings.test().notes.back().said);
}
