// What a worker takes off a SampleQueue.

#ifndef MLPERF_LOADGEN_SAMPLE_BATCH_H_
#define MLPERF_LOADGEN_SAMPLE_BATCH_H_

#include <utility>
#include <vector>

#include "cxx17.h"
#include "loadgen.h"
#include "system_under_test.h"

namespace mlperf {

// Samples of one or more queries, as arrays: a view when they come from one query that keeps its
// memory, else a copy in memory that is used again when the batch is filled anew. For one thread
// at a time.
class SampleBatch {
 public:
  size_t size() const { return IsView() ? view_.size : ids_.size(); }

  // The samples of the library to run, size() of them.
  const QuerySampleIndex* indices() const { return IsView() ? view_.indices : indices_.data(); }

  ResponseId id(size_t i) const { return IsView() ? view_.id(i) : ids_[i]; }

  // The ids, for CompleteSamples and CompleteFirstTokens; valid until the batch changes. Add rows,
  // or addresses and sizes.
  ResponseSpan Responses() const {
    ResponseSpan responses;
    responses.size = size();
    if (IsView()) {
      responses.first_id = view_.first_id;
      responses.id_stride = view_.id_stride;
    } else {
      responses.ids = ids_.data();
    }
    return responses;
  }

  // How a queue fills it. `span` has an owner.
  void Clear() {
    view_ = {};
    ids_.clear();
    indices_.clear();
  }
  void Reserve(size_t samples) {
    ids_.reserve(samples);
    indices_.reserve(samples);
  }
  void View(SampleSpan span) { view_ = std::move(span); }
  void Append(ResponseId id, QuerySampleIndex index) {
    ids_.push_back(id);
    indices_.push_back(index);
  }

 private:
  bool IsView() const { return view_.owner != nullptr; }

  SampleSpan view_;
  std::vector<ResponseId> ids_;
  std::vector<QuerySampleIndex> indices_;
};

}  // namespace mlperf

#endif  // MLPERF_LOADGEN_SAMPLE_BATCH_H_
