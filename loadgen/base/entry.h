// Holds one entry of the detail log, before it has a time.

#ifndef MLPERF_LOADGEN_BASE_ENTRY_H_
#define MLPERF_LOADGEN_BASE_ENTRY_H_

#include <string>
#include <string_view>
#include <vector>

#include "base/text.h"

namespace mlperf::base {

enum class Severity { kInfo, kWarning, kError };

struct Entry {
  std::string key;
  std::string json;  // the value, as one JSON token
  Severity severity = Severity::kInfo;
};

using Entries = std::vector<Entry>;

// A warning that has no key of its own.
inline Entry Warning(std::string_view text) {
  return {"warning_generic_message", JsonString(text), Severity::kWarning};
}

}  // namespace mlperf::base

#endif  // MLPERF_LOADGEN_BASE_ENTRY_H_
