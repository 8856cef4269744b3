#include "run/watchdog.h"

#include <algorithm>
#include <chrono>
#include <string>
#include <system_error>
#include <utility>

#include "base/units.h"
#include "mlperf_loadgen/errors.h"

namespace mlperf::run {
namespace {

constexpr int64_t kLongestRestNs = 250'000'000;
constexpr int64_t kGraceNs = base::kNsPerSecond;

}  // namespace

bool StallRule::Stalled(int64_t now_ns, Count count) {
  const bool nothing_out = count.completed >= count.issued;
  if (nothing_out || count.completed != completed_ || since_ns_ < 0) {
    completed_ = count.completed;
    since_ns_ = nothing_out ? -1 : now_ns;
    return false;
  }
  return now_ns - since_ns_ >= limit_ns_;
}

int64_t SilenceRule::ToSay(int64_t now_ns, StallRule::Count count) {
  if (count.completed >= count.issued || count.completed != completed_) {
    completed_ = count.completed;
    since_ns_ = now_ns;
  }
  const int64_t silent_ns = now_ns - since_ns_;
  if (silent_ns < next_ns_) return 0;
  next_ns_ = 2 * silent_ns;
  return silent_ns;
}

Watchdog::Watchdog(base::Clock& clock, int64_t limit_ns, Acts acts)
    : clock_(clock), limit_ns_(limit_ns), acts_(std::move(acts)) {
  try {
    thread_ = std::thread([this] { Watch(); });
  } catch (const std::system_error& error) {
    throw StateError(std::string("stall_timeout_ms: the thread that it needs cannot be started: ") +
                     error.what() + ". Allow the process one more thread, or set it to 0.");
  }
}

Watchdog::~Watchdog() {
  {
    const std::lock_guard lock(mutex_);
    done_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void Watchdog::Watch() {
  StallRule rule(limit_ns_);
  const int64_t rest_ns = std::clamp(limit_ns_ / 8, base::kNsPerMs, kLongestRestNs);
  while (!rule.Stalled(clock_.NowNs(), acts_.look())) {
    if (!Rest(rest_ns)) return;
  }
  acts_.on_stall();
  if (Rest(kGraceNs)) acts_.on_stuck();
}

bool Watchdog::Rest(int64_t ns) {
  std::unique_lock lock(mutex_);
  return !changed_.wait_for(lock, std::chrono::nanoseconds(ns), [this] { return done_; });
}

}  // namespace mlperf::run
