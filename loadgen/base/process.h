// Says which process this is, and tells those who keep state for the process of a fork.

#ifndef MLPERF_LOADGEN_BASE_PROCESS_H_
#define MLPERF_LOADGEN_BASE_PROCESS_H_

#include <cstdint>

namespace mlperf::base {

// The number that the operating system gives.
int64_t ProcessId();

// Registers what is done around each fork of this process. Define one at namespace scope for each
// piece of state that the process has once, and nowhere else.
//
// A fork copies all memory but only the thread that forks. In the child
// - a lock that another thread held is held for ever, and what it guards may be half changed;
// - nobody waits for what other threads would have done, or does it for them;
// - thread ids differ, and so do the ids by which the log files know their process;
// - open files are shared with the parent: bytes still in a buffer would be written twice.
//
// So a child may begin tests of its own, and needs nothing from those of its parent. Three rules
// make that true:
// - State of the process is either guarded by a lock that is held around the fork (`before`, and
//   the same function to release it on both sides), or is replaced by fresh state in the child. The
//   old state is leaked, never destroyed: another thread may have been in the middle of it.
// - The copy of a test that was running ends with a StateError as soon as the callback that forked
//   returns; its logs and threads are left to the parent. See run/ending.h.
// - An open log file writes only in the process that opened it.
//
// Callbacks run in no particular order and may not rely on each other. One that runs in the child
// may allocate, for the C library keeps its allocator usable, but must not wait for a thread or
// take a lock that was not held around the fork. Processes made without the C library's fork(), by
// vfork() and posix_spawn() above all, run none of them: they may only replace their program.
class ForkHandler {
 public:
  using Callback = void (*)();

  explicit ForkHandler(Callback in_child) noexcept : ForkHandler(nullptr, nullptr, in_child) {}
  // Any of them may be null.
  ForkHandler(Callback before, Callback in_parent, Callback in_child) noexcept;
  ForkHandler(const ForkHandler&) = delete;
  ForkHandler& operator=(const ForkHandler&) = delete;

 private:
  template <const Callback ForkHandler::* callback>
  static void CallAll();

  const Callback before_;
  const Callback in_parent_;
  const Callback in_child_;
  const ForkHandler* next_ = nullptr;
};

}  // namespace mlperf::base

#endif  // MLPERF_LOADGEN_BASE_PROCESS_H_
