#include "issue/target.h"

namespace mlperf::issue {

Target::Target(SystemUnderTest& sut, size_t largest_query) : sut_(sut), arrays_(sut.AsArrays()) {
  if (arrays_ == nullptr) objects_.reserve(largest_query);
}

void Target::Issue(const SampleSpan& samples) {
  if (arrays_ != nullptr) {
    arrays_->IssueSamples(samples);
    return;
  }
  objects_.resize(samples.size);
  for (size_t i = 0; i < samples.size; ++i) objects_[i] = {samples.id(i), samples.indices[i]};
  sut_.IssueQuery(objects_);
}

}  // namespace mlperf::issue
