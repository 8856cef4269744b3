// Records one series of queries while it runs, in a slot for each query and each sample.

#ifndef MLPERF_LOADGEN_TRACK_SLOTS_H_
#define MLPERF_LOADGEN_TRACK_SLOTS_H_

#include <cstdint>
#include <limits>
#include <vector>

#include "base/zeroed_array.h"
#include "mlperf_loadgen/query_sample.h"
#include "track/fault.h"
#include "track/measurements.h"
#include "track/response_id.h"

namespace mlperf::track {

// Each cell is written once: the issue time of a query by the issuing thread, the completion of a
// sample by whichever thread completes it first. Times are ns since the start of the series.
class Slots {
 public:
  // `tokens` adds a column for first tokens and one for token counts. `generation` must be unique
  // in the process and above 0. `likely_queries`: how many are likely to be issued; the others cost
  // no memory until they are.
  Slots(uint64_t generation, uint64_t query_count, uint64_t samples_per_query, bool tokens,
        uint64_t likely_queries = std::numeric_limits<uint64_t>::max());

  static constexpr uint64_t BytesPerQuery() { return sizeof(int64_t); }
  static constexpr uint64_t BytesPerSample(bool tokens) {
    return (tokens ? 3 : 1) * sizeof(int64_t);
  }

  uint64_t query_count() const { return issued_.size(); }
  uint64_t samples_per_query() const { return samples_per_query_; }
  uint64_t sample_count() const { return done_.size(); }
  uint64_t generation() const { return generation_; }
  bool tokens() const { return !first_token_.empty(); }

  // The id of the first sample of a query; the ids of its other samples follow.
  ResponseId FirstId(uint64_t query) const {
    return MakeId(generation_, query * samples_per_query_);
  }
  uint64_t QueryOf(uint64_t sample) const {
    return samples_per_query_ == 1 ? sample : sample / samples_per_query_;
  }

  // Issuing thread, before the SUT sees the query.
  void MarkIssued(uint64_t query, int64_t at_ns) noexcept {
    issued_.Atomic(query).store(at_ns + 1, std::memory_order_release);
  }

  struct Found {
    Fault fault;        // why the id names nothing that can be completed, or kNone
    int64_t issued_ns;  // when its query was issued; without a fault only
  };
  // Any thread. What the id names; the place of the sample in the series is PlaceOf(id).
  Found Find(ResponseId id) const noexcept {
    if (GenerationOf(id) != generation_) return {ForeignId(id), 0};
    const uint64_t sample = PlaceOf(id);
    if (sample >= done_.size()) return {Fault::kUnknownId, 0};
    const int64_t issued = issued_.Atomic(QueryOf(sample)).load(std::memory_order_acquire);
    return {issued == 0 ? Fault::kNotIssued : Fault::kNone, issued - 1};
  }

  // Any thread; `sample` as found. Exactly one call for a sample returns true.
  bool Complete(uint64_t sample, int64_t at_ns) noexcept {
    int64_t empty = 0;
    return done_.Atomic(sample).compare_exchange_strong(empty, at_ns + 1, std::memory_order_acq_rel,
                                                        std::memory_order_relaxed);
  }

  // With tokens. Complete's fault is kNone, or one that says what is wrong with the token figures
  // of a sample that is completed all the same.
  void SetTokenCount(uint64_t sample, int64_t n_tokens) noexcept {
    token_count_.Atomic(sample).store(n_tokens, std::memory_order_relaxed);
  }
  bool HasFirstToken(uint64_t sample) const noexcept {
    return first_token_.Atomic(sample).load(std::memory_order_acquire) != 0;
  }
  Fault FirstToken(uint64_t sample, int64_t at_ns) noexcept;

  // -1 while it has not happened.
  int64_t IssuedAt(uint64_t query) const noexcept {
    return issued_.Atomic(query).load(std::memory_order_relaxed) - 1;
  }
  int64_t DoneAt(uint64_t sample) const noexcept {
    return done_.Atomic(sample).load(std::memory_order_acquire) - 1;
  }

  // With tokens. -1: no first token was reported.
  int64_t FirstTokenAt(uint64_t sample) const noexcept {
    return first_token_.Atomic(sample).load(std::memory_order_relaxed) - 1;
  }
  int64_t TokenCount(uint64_t sample) const noexcept {
    return token_count_.Atomic(sample).load(std::memory_order_relaxed);
  }

  // The measurements of those of the `queries_end` first queries that were issued. `scheduled`
  // gives the scheduled time of a query; it is called once for each of them, in their order. Call
  // when no thread completes any more.
  enum class Then {
    kKeep,
    kForget,  // memory is given back as it is measured, so a large series needs no more for both
  };
  enum class Gaps {
    kNone,
    kMeasure,  // for a series in which a query goes when the one before it is complete
  };
  template <typename Scheduled>
  Measurements Measure(uint64_t queries_end, Scheduled scheduled, Then then = Then::kKeep,
                       Gaps gaps = Gaps::kNone) const;

 private:
  static constexpr uint64_t kForgottenAtOnce = uint64_t{1} << 22U;  // samples

  // Those before `end` that were not forgotten yet.
  void Forget(uint64_t end) const;
  Fault ForeignId(ResponseId id) const noexcept;

  uint64_t generation_;
  uint64_t samples_per_query_;
  // Zero means "not yet"; so every time is stored plus one.
  base::ZeroedArray<int64_t> issued_;       // a query
  base::ZeroedArray<int64_t> done_;         // a sample
  base::ZeroedArray<int64_t> first_token_;  // a sample; empty without tokens
  base::ZeroedArray<int64_t> token_count_;  // a sample; empty without tokens
};

template <typename Scheduled>
Measurements Slots::Measure(uint64_t queries_end, Scheduled scheduled, Then then, Gaps gaps) const {
  Measurements m;
  m.samples_per_query = samples_per_query_;
  const uint64_t samples_end = queries_end * samples_per_query_;
  m.sample_latency_ns.reserve(samples_end);
  const bool per_query = samples_per_query_ > 1 && query_count() > 1;
  if (per_query) m.query_latency_ns.reserve(queries_end);
  if (gaps == Gaps::kMeasure) m.gap_ns.reserve(queries_end);
  if (tokens()) {
    m.ttft_ns.reserve(samples_end);
    m.n_tokens.reserve(samples_end);
  }

  uint64_t sample = 0;
  uint64_t next_forgotten = then == Then::kForget ? kForgottenAtOnce : sample_count();
  for (uint64_t query = 0; query < queries_end; ++query) {
    const int64_t issued_ns = IssuedAt(query);
    if (issued_ns < 0) {
      sample += samples_per_query_;
      continue;
    }
    ++m.queries_issued;
    const int64_t scheduled_ns = scheduled(query);
    if (gaps == Gaps::kMeasure && query > 0) m.gap_ns.push_back(issued_ns - m.final_all_done_ns);
    int64_t all_done_ns = 0;
    bool complete = true;
    for (const uint64_t end = sample + samples_per_query_; sample < end; ++sample) {
      if (sample >= next_forgotten) {
        Forget(next_forgotten);
        next_forgotten += kForgottenAtOnce;
      }
      const int64_t done_ns = DoneAt(sample);
      if (done_ns < 0) {
        complete = false;
        ++m.missing_samples;
        continue;
      }
      if (done_ns > all_done_ns) all_done_ns = done_ns;
      m.sample_latency_ns.push_back(done_ns - scheduled_ns);
      if (tokens()) {
        const int64_t first_ns = FirstTokenAt(sample);
        m.ttft_ns.push_back(first_ns < 0 ? 0 : first_ns - scheduled_ns);
        m.n_tokens.push_back(TokenCount(sample));
      }
    }
    if (per_query && complete) m.query_latency_ns.push_back(all_done_ns - scheduled_ns);
    if (all_done_ns > m.last_completion_ns) m.last_completion_ns = all_done_ns;
    m.final_scheduled_ns = scheduled_ns;
    m.final_issued_ns = issued_ns;
    m.final_all_done_ns = all_done_ns;
  }
  m.samples_issued = m.queries_issued * samples_per_query_;
  return m;
}

}  // namespace mlperf::track

#endif  // MLPERF_LOADGEN_TRACK_SLOTS_H_
