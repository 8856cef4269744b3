// Decides how long a test waits for threads that are inside a completion call.

#ifndef MLPERF_LOADGEN_RUN_DRAIN_WAIT_H_
#define MLPERF_LOADGEN_RUN_DRAIN_WAIT_H_

#include <cstdint>
#include <exception>
#include <functional>

#include "base/clock.h"

namespace mlperf::run {

// For GuardedPtr::RunExclusively: waits for completing threads to leave a series. They do at once,
// but for one whose response callback hangs: while a test goes on that is waited for, as for a
// sample that does not come; when a test is to end, not for long.
class DrainWait {
 public:
  // `ending`: whether the test is to end.
  DrainWait(base::Clock& clock, const std::function<void()>& poll, std::function<bool()> ending)
      : clock_(clock), poll_(poll), ending_(std::move(ending)), since_ns_(clock.NowNs()) {}

  // Waits briefly. Returns whether to go on waiting.
  bool operator()();

  // What the poll threw.
  const std::exception_ptr& raised() const { return raised_; }

 private:
  void Poll(int64_t now_ns);

  base::Clock& clock_;
  const std::function<void()>& poll_;
  const std::function<bool()> ending_;
  int64_t since_ns_;  // of the request to end
  int64_t next_poll_ns_ = 0;
  int turns_ = 0;
  std::exception_ptr raised_;
};

}  // namespace mlperf::run

#endif  // MLPERF_LOADGEN_RUN_DRAIN_WAIT_H_
