// What LoadGen throws. Everything derives from mlperf::Error.

#ifndef MLPERF_LOADGEN_ERRORS_H_
#define MLPERF_LOADGEN_ERRORS_H_

#include <stdexcept>
#include <string>

#include "api.h"
#include "cxx17.h"

namespace mlperf {

class MLPERF_LOADGEN_API Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Before the test: settings, arguments or library sizes that no test can run with. The text has
// one line for each problem: the field, its value, what is allowed.
class MLPERF_LOADGEN_API SettingsError : public Error {
 public:
  using Error::Error;
};

// Before the test: a log file cannot be written. During it: writing failed (disk full).
class MLPERF_LOADGEN_API OutputError : public Error {
 public:
  using Error::Error;
};

// A call that does not fit the state: a completion outside a test, a second test at once.
class MLPERF_LOADGEN_API StateError : public Error {
 public:
  using Error::Error;
};

// The test ended because samples were not completed in time (TestSettings::drain_timeout_ms and
// stall_timeout_ms). The text says how many are missing, and which. When a callback had to be
// interrupted for it, what that raised is nested (std::rethrow_if_nested).
class MLPERF_LOADGEN_API IncompleteError : public Error {
 public:
  using Error::Error;
};

}  // namespace mlperf

#endif  // MLPERF_LOADGEN_ERRORS_H_
