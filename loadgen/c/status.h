// How the C face reports what went wrong: no exception leaves it.

#ifndef MLPERF_LOADGEN_C_STATUS_H_
#define MLPERF_LOADGEN_C_STATUS_H_

#include <cstdint>
#include <string>

#include "base/caught.h"
#include "mlperf_loadgen/errors.h"
#include "mlperf_loadgen/mlperf_loadgen.h"

namespace mlperf::c {

// A callback of C failed, or abort was given a reason.
class CallbackError : public Error {
 public:
  using Error::Error;
};

// The test was ended by abort.
class AbortedError : public Error {
 public:
  using Error::Error;
};

// Of this thread.
void SetLastError(const char* text) noexcept;

// In a catch block: the status of what was caught, whose text becomes the last error.
mlperf_loadgen_status CaughtStatus() noexcept;

// Runs `body`; the status of what it throws. Only the end of the thread passes.
template <typename Body>
mlperf_loadgen_status Guarded(const Body& body) {
  try {
    body();
    return MLPERF_LOADGEN_OK;
  } catch (const base::ThreadEnds&) {
    throw;
  } catch (...) {
    return CaughtStatus();
  }
}

// Throws CallbackError for what the callback `what` of `whose` returned, with the thread's last
// error.
[[noreturn]] void ThrowCallbackError(const char* what, const std::string& whose, int32_t returned);

// Calls `callback`, which returns 0 or has failed.
template <typename Callback>
void CheckedCall(const char* what, const std::string& whose, const Callback& callback) {
  SetLastError("");  // what an earlier call left there is not why this one fails
  if (const int32_t returned = callback(); returned != 0) ThrowCallbackError(what, whose, returned);
}

}  // namespace mlperf::c

#endif  // MLPERF_LOADGEN_C_STATUS_H_
