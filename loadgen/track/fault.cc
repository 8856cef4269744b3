#include "track/fault.h"

#include "track/response_id.h"

namespace mlperf::track {
namespace {

// The words that log readers know, where there are any.
const char* Text(Fault fault) {
  switch (fault) {
    case Fault::kUnknownId: return "Received completion for an id that was never issued.";
    case Fault::kOldId: return "Received completion for an old sample.";
    case Fault::kNotIssued: return "Received completion for a sample that is not issued yet.";
    case Fault::kCompletedTwice: return "Attempted to complete a sample twice.";
    case Fault::kNullData: return "Received a response of some size but without data.";
    case Fault::kBadData: return "Received a response whose data cannot be read.";
    case Fault::kCallbackThrew: return "A response callback threw an exception.";
    case Fault::kNoFirstToken:
      return "Attempted to record a sample latency before it's first token latency";
    case Fault::kLateFirstToken:
      return "Attempted to record token latency after sample was completed";
    case Fault::kFirstTokenTwice: return "Attempted to record the first token of a sample twice.";
    case Fault::kNoTokenCount:
      return "n_tokens argument missing or attempted to record 0 as number of tokens";
    case Fault::kNegativeTokenCount: return "Attempted to record a negative number of tokens";
    case Fault::kTooManyTokens:
      return "Attempted to record more tokens than a sample can have, 2^40.";
    case Fault::kSingleToken: return "Number of tokens need to be greater than 1";
    case Fault::kNone:
    case Fault::kCount: break;
  }
  return "";
}

}  // namespace

bool FaultBook::Record(Fault fault, ResponseId id) {
  total_.fetch_add(1, std::memory_order_relaxed);
  Kind& kind = kinds_[static_cast<size_t>(fault)];
  const std::lock_guard lock(mutex_);
  const bool first = kind.count.fetch_add(1, std::memory_order_relaxed) == 0;
  if (first) kind.first_id = id;
  return first;
}

ResponseId FaultBook::FirstId(Fault fault) const {
  const std::lock_guard lock(mutex_);
  return kinds_[static_cast<size_t>(fault)].first_id;
}

std::string FaultBook::FirstExample(Fault fault) const {
  const ResponseId id = FirstId(fault);
  std::string text = std::string(Text(fault)) + " Response id: " + std::to_string(id);
  if (fault != Fault::kUnknownId) text += ", sample: " + std::to_string(PlaceOf(id));
  return text;
}

std::vector<FaultBook::Line> FaultBook::Lines() const {
  std::vector<Line> lines;
  for (size_t i = 1; i < kinds_.size(); ++i) {
    const uint64_t count = kinds_[i].count.load(std::memory_order_relaxed);
    const auto fault = static_cast<Fault>(i);
    if (count != 0) lines.push_back({fault, count, FirstId(fault), FirstExample(fault)});
  }
  return lines;
}

}  // namespace mlperf::track
