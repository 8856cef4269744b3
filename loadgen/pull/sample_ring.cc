#include "pull/sample_ring.h"

#include <algorithm>
#include <utility>

namespace mlperf::pull {

SampleRing::SampleRing() : last_(new Block), first_(last_) { last_->next = last_; }

SampleRing::~SampleRing() {
  Block* const end = last_;
  for (Block* block = end->next; block != end;) delete std::exchange(block, block->next);
  delete end;
}

void SampleRing::Put(const SampleSpan& span) {
  if (span.owner != nullptr && span.size > 1) {
    NextFree().span = span;
    return;
  }
  for (size_t i = 0; i < span.size; ++i) {
    Entry& entry = NextFree();
    entry.span.first_id = span.id(i);
    entry.span.indices = nullptr;
    entry.span.size = 1;
    entry.single = span.indices[i];
  }
}

void SampleRing::Take(size_t samples, SampleBatch* batch) {
  const SampleSpan& first = Front().span;
  const bool view = first.indices != nullptr && first.size >= samples;
  if (!view) batch->Reserve(samples);
  while (samples > 0) {
    Entry& entry = Front();
    SampleSpan& span = entry.span;
    if (span.indices == nullptr) {
      batch->Append(span.first_id, entry.single);
      --samples;
      DropFront();
      continue;
    }
    const size_t size = std::min(samples, span.size);
    if (view) {
      SampleSpan part = span;
      part.size = size;
      batch->View(std::move(part));
    } else {
      for (size_t i = 0; i < size; ++i) batch->Append(span.id(i), span.indices[i]);
    }
    samples -= size;
    span.first_id = span.id(size);
    span.indices += size;
    span.size -= size;
    if (span.size == 0) DropFront();
  }
}

SampleRing::Entry& SampleRing::NextFree() {
  if (written_ == kBlockSize) {
    if (last_->next == first_.load(std::memory_order_acquire)) {
      Block* const added = new Block;
      added->next = last_->next;
      last_->next = added;
    }
    last_ = last_->next;
    written_ = 0;
  }
  return last_->entries[written_++];
}

SampleRing::Entry& SampleRing::Front() {
  if (read_ == kBlockSize) {
    // With release: the block is written again only after it was read.
    first_.store(first_.load(std::memory_order_relaxed)->next, std::memory_order_release);
    read_ = 0;
  }
  return first_.load(std::memory_order_relaxed)->entries[read_];
}

void SampleRing::DropFront() {
  first_.load(std::memory_order_relaxed)->entries[read_].span.owner.reset();
  ++read_;
}

}  // namespace mlperf::pull
