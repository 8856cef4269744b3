// Counts what a SUT does wrong when it completes samples.

#ifndef MLPERF_LOADGEN_TRACK_FAULT_H_
#define MLPERF_LOADGEN_TRACK_FAULT_H_

#include <array>
#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

#include "mlperf_loadgen/query_sample.h"

namespace mlperf::track {

enum class Fault : uint8_t {
  kNone,
  kUnknownId,  // no sample ever had this id
  kOldId,      // a sample of an earlier series
  kNotIssued,  // a sample of this series that is still to be issued
  kCompletedTwice,
  kNullData,        // size without an address
  kBadData,         // an address of no readable memory, or a size that goes beyond it
  kCallbackThrew,   // the response callback; what the SUT answered is not in the accuracy log
  kNoFirstToken,    // completed with token metrics on, but its first token was never reported
  kLateFirstToken,  // first token reported after completion
  kFirstTokenTwice,
  kNoTokenCount,  // n_tokens 0 with token metrics on
  kNegativeTokenCount,
  kTooManyTokens,  // n_tokens above kMostTokens
  kSingleToken,    // n_tokens 1: no time per output token
  kCount,
};

// More than any sample has.
inline constexpr int64_t kMostTokens = int64_t{1} << 40U;

// Counts faults; keeps the first example of each kind. Any thread.
class FaultBook {
 public:
  // Returns true for the first fault of its kind in this book.
  bool Record(Fault fault, ResponseId id);

  uint64_t total() const { return total_.load(std::memory_order_relaxed); }

  // One sentence for the first fault of this kind: what happened, to which sample.
  std::string FirstExample(Fault fault) const;

  // The id that the first fault of this kind came with.
  ResponseId FirstId(Fault fault) const;

  struct Line {
    Fault fault;
    uint64_t count;
    ResponseId first_id;
    std::string first_example;
  };
  // The kinds that occurred.
  std::vector<Line> Lines() const;

 private:
  struct Kind {
    std::atomic<uint64_t> count{0};
    ResponseId first_id = 0;
  };
  std::atomic<uint64_t> total_{0};
  std::array<Kind, static_cast<size_t>(Fault::kCount)> kinds_;
  mutable std::mutex mutex_;  // first_id
};

}  // namespace mlperf::track

#endif  // MLPERF_LOADGEN_TRACK_FAULT_H_
