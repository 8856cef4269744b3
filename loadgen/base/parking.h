// Lets a thread sleep on a word of memory until another thread wakes it.

#ifndef MLPERF_LOADGEN_BASE_PARKING_H_
#define MLPERF_LOADGEN_BASE_PARKING_H_

#include <atomic>
#include <cstdint>

namespace mlperf::base {

// Sleeps while `word` holds `expected`, at most `timeout_ns`. May return early for no reason, and
// does so after a signal was handled by this thread; the caller looks for itself.
void Park(const std::atomic<uint32_t>& word, uint32_t expected, int64_t timeout_ns);

// Wakes every thread parked on `word`. Change the word first.
void Unpark(const std::atomic<uint32_t>& word);

}  // namespace mlperf::base

#endif  // MLPERF_LOADGEN_BASE_PARKING_H_
