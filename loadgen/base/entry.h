// Holds one entry of the detail log, before it has a time.

#ifndef MLPERF_LOADGEN_BASE_ENTRY_H_
#define MLPERF_LOADGEN_BASE_ENTRY_H_

#include <string>
#include <vector>

namespace mlperf::base {

enum class Severity { kInfo, kWarning, kError };

struct Entry {
  std::string key;
  std::string json;  // the value, as one JSON token
  Severity severity = Severity::kInfo;
};

using Entries = std::vector<Entry>;

}  // namespace mlperf::base

#endif  // MLPERF_LOADGEN_BASE_ENTRY_H_
