#include "run/drain_wait.h"

#include <chrono>
#include <thread>

#include "base/caught.h"

namespace mlperf::run {
namespace {

constexpr int64_t kPatienceNs = 500'000'000;
constexpr int64_t kPollIntervalNs = 100'000'000;

}  // namespace

bool DrainWait::operator()() {
  constexpr int kTurns = 1000;
  if (++turns_ < kTurns) {
    std::this_thread::yield();
  } else {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  const int64_t now_ns = clock_.NowNs();
  if (now_ns >= next_poll_ns_) Poll(now_ns);
  if (raised_ == nullptr && !ending_()) since_ns_ = now_ns;
  return now_ns - since_ns_ < kPatienceNs;
}

void DrainWait::Poll(int64_t now_ns) {
  next_poll_ns_ = now_ns + kPollIntervalNs;
  if (!poll_ || raised_ != nullptr) return;
  try {
    poll_();
  } catch (...) {
    raised_ = base::Caught();
  }
}

}  // namespace mlperf::run
