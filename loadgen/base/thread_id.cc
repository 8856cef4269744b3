#include "base/thread_id.h"

#ifdef _WIN32
#include <windows.h>
#else
#include <pthread.h>
#include <unistd.h>
#endif
#ifdef __linux__
#include <sys/syscall.h>
#endif

namespace mlperf::base {
namespace {

int64_t AskForThreadId() {
#if defined(_WIN32)
  return GetCurrentThreadId();
#elif defined(__APPLE__)
  uint64_t id = 0;
  pthread_threadid_np(nullptr, &id);
  return static_cast<int64_t>(id);
#else
  return syscall(SYS_gettid);
#endif
}

thread_local int64_t thread_id = 0;  // 0: not asked for yet

#ifndef _WIN32
// The only thread of a child has another number than the one that forked.
[[maybe_unused]] const int registered = pthread_atfork(nullptr, nullptr, [] { thread_id = 0; });
#endif

}  // namespace

int64_t ThreadId() {
  if (thread_id == 0) thread_id = AskForThreadId();
  return thread_id;
}

int64_t ProcessId() {
#ifdef _WIN32
  return GetCurrentProcessId();
#else
  return getpid();
#endif
}

}  // namespace mlperf::base
