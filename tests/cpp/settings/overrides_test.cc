// What overrides settings when a test starts: audit.config, and the seeds of TEST05.

#include "settings/overrides.h"

#include <sys/stat.h>

#include <cerrno>
#include <string>

#include "base/text.h"
#include "check.h"
#include "fakes.h"
#include "mlperf_loadgen/errors.h"
#include "settings/configs.h"

using mlperf::TestMode;
using mlperf::TestSettings;
using mlperf::settings::ApplyOverrides;
using namespace configs;

TEST(an_audit_config_overrides_a_copy) {
  const File audit("audit.config",
                   "*.*.mode = 1\n*.*.min_query_count = 5\n*.*.qsl_rng_seed = 9\n"
                   "bert.*.max_query_count = 6\n");
  TestSettings s;
  s.notes = {{true, "error_invalid_config", "earlier"}};
  mlperf::base::Entries entries;
  std::string audited;
  const TestSettings result = ApplyOverrides(s, audit.path(), &entries, &audited);
  CHECK(result.mode == TestMode::AccuracyOnly);
  CHECK_EQ(result.min_query_count, uint64_t{5});
  CHECK_EQ(result.max_query_count, uint64_t{0});
  CHECK_EQ(result.qsl_rng_seed, uint64_t{0});
  CHECK_EQ(result.notes.size(), size_t{1});
  CHECK_EQ(result.notes[0].text, "earlier");
  CHECK(s.mode == TestMode::PerformanceOnly);
  CHECK_EQ(audited, "settings of " + audit.path() +
                        " applied: mode, min_query_count; remove the file to run without it");
  CHECK_EQ(entries.size(), size_t{2});
  CHECK_EQ(entries[0].json,
           "\"Found Audit Config file (audit.config). Overriding TestSettings from audit.config "
           "file.\"");
  CHECK(entries[0].severity == mlperf::base::Severity::kWarning);
  CHECK_EQ(entries[1].json,
           "\"qsl_rng_seed can be set by the built-in rules only, ignored, line=3\"");
}

TEST(no_audit_config_no_entry) {
  mlperf::base::Entries entries;
  std::string audited;
  const TestSettings result =
      ApplyOverrides(TestSettings(), "/nonexistent/audit.config", &entries, &audited);
  CHECK(entries.empty());
  CHECK(result.notes.empty());
  CHECK_EQ(audited, "");
}

TEST(an_audit_config_that_is_no_file_is_refused) {
  const fakes::Folder folder;
  mlperf::base::Entries entries;
  std::string audited;
  CHECK_THROWS(ApplyOverrides(TestSettings(), folder / "", &entries, &audited),
               mlperf::SettingsError, "it is a folder, not a regular file");
  const std::string pipe = folder / "audit.config";
  CHECK_EQ(mkfifo(pipe.c_str(), 0600), 0);
  CHECK_THROWS(ApplyOverrides(TestSettings(), pipe, &entries, &audited), mlperf::SettingsError,
               pipe + ": can't open file " + pipe + ": it is a named pipe, not a regular file");
}

TEST(a_malformed_audit_config_is_refused) {
  const File audit("bad_audit.config", "*.*.mode = x\nfoo bar\n");
  mlperf::base::Entries entries;
  std::string audited;
  CHECK_THROWS(ApplyOverrides(TestSettings(), audit.path(), &entries, &audited),
               mlperf::SettingsError,
               audit.path() +
                   ": value needs to be integer or double, line=1: 'x' in '*.*.mode = x' is not a "
                   "number; the form is 'key = value', with one number\n" +
                   audit.path() +
                   ": expected 'key=value', line=2: 'foo bar' is not of the form 'key = value', "
                   "with spaces around '='");
}

TEST(test05_forces_its_seeds) {
  TestSettings s;
  s.mode = TestMode::AccuracyOnly;
  s.test05 = true;
  s.test05_qsl_rng_seed = 1;
  s.test05_sample_index_rng_seed = 2;
  s.test05_schedule_rng_seed = 3;
  mlperf::base::Entries entries;
  std::string audited;
  const TestSettings result = ApplyOverrides(s, "", &entries, &audited);
  CHECK(result.mode == TestMode::PerformanceOnly);
  CHECK_EQ(result.qsl_rng_seed, uint64_t{1});
  CHECK_EQ(result.sample_index_rng_seed, uint64_t{2});
  CHECK_EQ(result.schedule_rng_seed, uint64_t{3});
  CHECK_EQ(entries.size(), size_t{1});
  CHECK_EQ(entries[0].json, "\"Test05 flag detected Overriding random seeds\"");
}
