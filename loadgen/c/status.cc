#include "c/status.h"

#include <exception>
#include <new>

namespace mlperf::c {
namespace {

thread_local std::string kept;
thread_local const char* last_error = "";

}  // namespace

void SetLastError(const char* text) noexcept {
  if (*text == '\0') {
    last_error = "";
    return;
  }
  try {
    kept = text;
    last_error = kept.c_str();
  } catch (...) {
    last_error = "out of memory";
  }
}

mlperf_loadgen_status CaughtStatus() noexcept {
  const auto say = [](const std::exception& error, mlperf_loadgen_status status) {
    SetLastError(error.what());
    return status;
  };
  try {
    throw;
  } catch (const SettingsError& error) {
    return say(error, MLPERF_LOADGEN_INVALID);
  } catch (const OutputError& error) {
    return say(error, MLPERF_LOADGEN_OUTPUT);
  } catch (const StateError& error) {
    return say(error, MLPERF_LOADGEN_STATE);
  } catch (const IncompleteError& error) {
    return say(error, MLPERF_LOADGEN_INCOMPLETE);
  } catch (const CallbackError& error) {
    return say(error, MLPERF_LOADGEN_CALLBACK);
  } catch (const AbortedError& error) {
    return say(error, MLPERF_LOADGEN_ABORTED);
  } catch (const std::bad_alloc&) {
    SetLastError("out of memory");
    return MLPERF_LOADGEN_OUT_OF_MEMORY;
  } catch (const std::exception& error) {
    return say(error, MLPERF_LOADGEN_INTERNAL);
  } catch (...) {
    SetLastError("an exception that is not a std::exception");
    return MLPERF_LOADGEN_INTERNAL;
  }
}

void ThrowCallbackError(const char* what, const std::string& whose, int32_t returned) {
  std::string text = std::string(what) + " of '" + whose + "' returned " + std::to_string(returned);
  if (*last_error != '\0') text.append(": ").append(last_error);
  throw CallbackError(text);
}

}  // namespace mlperf::c

using namespace mlperf::c;

const char* mlperf_loadgen_last_error(void) { return last_error; }

mlperf_loadgen_status mlperf_loadgen_fail(const char* why) {
  SetLastError(why != nullptr ? why : "");
  return MLPERF_LOADGEN_CALLBACK;
}
