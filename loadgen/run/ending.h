// Says how a test ends that does not end by itself: early, by an exception, or as the copy of a
// test in a forked child.

#ifndef MLPERF_LOADGEN_RUN_ENDING_H_
#define MLPERF_LOADGEN_RUN_ENDING_H_

#include <atomic>
#include <cstdint>
#include <exception>
#include <string>

#include "base/clock.h"
#include "issue/series.h"
#include "mlperf_loadgen/embedding.h"
#include "mlperf_loadgen/test_settings.h"
#include "run/watchdog.h"

namespace mlperf::run {

// Why a test ended before its time, other than by an exception on its own thread.
enum class EndCause { kNone, kAborted, kProcessEnds, kFailed, kOutputFailed, kTimedOut, kStalled };

class Ending {
 public:
  // Both must live as long as this.
  Ending(const Hooks& hooks, base::Clock& clock) : hooks_(hooks), clock_(clock) {}

  // Any thread, also during a callback.

  // Ends the test soon: the series under way is interrupted, no other begins. The first cause
  // counts.
  void EndEarly(EndCause cause);
  // The same if RequestedEnd() says so.
  void ApplyRequest();
  bool early() const { return cause_ != EndCause::kNone; }

  // In a forked child: this test goes on in the parent only.
  void OnFork() { in_forked_child_ = true; }
  bool in_forked_child() const { return in_forked_child_; }
  // Throws StateError in a forked child. To be called between a callback and whatever touches logs
  // or locks, which threads of the parent may have held when the process forked.
  void ThrowIfForked() const;

  // The thread that runs the test.

  // The test begins: reasons tell how long it took.
  void Begin() { begin_ns_ = clock_.NowNs(); }
  // Which samples of the last series were never completed, in words; empty if none.
  void SetMissing(std::string text) { missing_ = std::move(text); }
  // What comes out of the test; null after an abort. `raised` by a callback or the poll, or null.
  // `settings`, here and below, of the last series.
  std::exception_ptr Exception(std::exception_ptr raised, const EffectiveSettings& settings) const;
  // Why the test is not complete, in words; empty if it is. `failure`: what comes out.
  std::string Reason(const std::exception_ptr& failure, const EffectiveSettings& settings) const;

 private:
  std::string DescribeFailure(const std::exception_ptr& failure) const;

  const Hooks& hooks_;
  base::Clock& clock_;
  std::atomic<EndCause> cause_{EndCause::kNone};
  std::atomic<bool> in_forked_child_{false};
  int64_t begin_ns_ = 0;  // of the clock
  std::string missing_;
};

// What a call throws in a forked child when it belongs to a test of the parent.
[[noreturn]] void ThrowForked();

// Says how many samples of the series were never completed, and names the first few; empty if none.
std::string DescribeMissing(const issue::Series& series);

// Says that samples are out and none comes back; a test with `stall_timeout_ms` goes on.
std::string DescribeSilence(int64_t silent_ns, StallRule::Count count, uint64_t stall_timeout_ms);

std::string DescribeStall(const EffectiveSettings& settings);

}  // namespace mlperf::run

#endif  // MLPERF_LOADGEN_RUN_ENDING_H_
