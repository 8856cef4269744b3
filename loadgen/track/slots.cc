#include "track/slots.h"

#include <algorithm>

namespace mlperf::track {

Slots::Slots(uint64_t generation, uint64_t query_count, uint64_t samples_per_query, bool tokens,
             uint64_t likely_queries)
    : generation_(generation),
      samples_per_query_(samples_per_query),
      issued_(query_count),
      done_(query_count * samples_per_query),
      first_token_(tokens ? done_.size() : 0),
      token_count_(tokens ? done_.size() : 0) {
  const uint64_t queries = std::min(query_count, likely_queries);
  issued_.Prefault(queries);
  for (base::ZeroedArray<int64_t>* column : {&done_, &first_token_, &token_count_}) {
    column->Prefault(queries * samples_per_query);
  }
}

Fault Slots::FirstToken(uint64_t sample, int64_t at_ns) noexcept {
  if (DoneAt(sample) >= 0) return Fault::kLateFirstToken;
  int64_t empty = 0;
  const bool first = first_token_.Atomic(sample).compare_exchange_strong(
      empty, at_ns + 1, std::memory_order_acq_rel, std::memory_order_relaxed);
  return first ? Fault::kNone : Fault::kFirstTokenTwice;
}

void Slots::Forget(uint64_t end) const {
  const uint64_t begin = end - kForgottenAtOnce;
  issued_.ReleasePages(QueryOf(begin), QueryOf(end));
  done_.ReleasePages(begin, end);
  if (!tokens()) return;
  first_token_.ReleasePages(begin, end);
  token_count_.ReleasePages(begin, end);
}

Fault Slots::ForeignId(ResponseId id) const noexcept {
  const uint64_t generation = GenerationOf(id);
  return generation != 0 && generation < generation_ ? Fault::kOldId : Fault::kUnknownId;
}

}  // namespace mlperf::track
