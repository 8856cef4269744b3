#include "run/version.h"

#include "base/text.h"

namespace mlperf::run {

// MLPERF_LOADGEN_VERSION and MLPERF_LOADGEN_BUILD_DATE come from the build.
base::Entries VersionEntries() {
  const std::string na = base::JsonString("NA");
  const std::string build_date = base::JsonString(MLPERF_LOADGEN_BUILD_DATE);
  return {{"loadgen_version", base::JsonString(MLPERF_LOADGEN_VERSION " @ NA")},
          {"loadgen_build_date_local", build_date},
          {"loadgen_build_date_utc", build_date},
          {"loadgen_git_commit_date", na},
          {"loadgen_git_log_message", na},
          {"loadgen_git_status_message", na},
          {"loadgen_file_sha1", "{}"}};
}

const char* Version() { return MLPERF_LOADGEN_VERSION; }

}  // namespace mlperf::run
