#include "samples.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "completion.h"

namespace mlperf::python {
namespace {

// A span whose indices are owned, or a batch of samples whose ids are no series.
class Samples {
 public:
  explicit Samples(SampleSpan span) : span_(std::move(span)) {
    if (span_.owner != nullptr) return;
    const auto copy = std::make_shared<const std::vector<QuerySampleIndex>>(
        span_.indices, span_.indices + span_.size);
    span_.indices = copy->data();
    span_.owner = copy;
  }

  explicit Samples(SampleBatch batch) {
    const auto kept = std::make_shared<const SampleBatch>(std::move(batch));
    const ResponseSpan responses = kept->Responses();
    span_ = {responses.first_id, responses.id_stride, kept->indices(), responses.size, kept};
    ids_ = responses.ids;
  }

  size_t size() const { return span_.size; }

  ResponseId id(size_t i) const { return ids_ != nullptr ? ids_[i] : span_.id(i); }

  void IssueTo(ArraySystemUnderTest& sut) const {
    if (ids_ == nullptr) return sut.IssueSamples(span_);
    for (size_t i = 0; i < size(); ++i) sut.IssueSamples({ids_[i], 1, span_.indices + i, 1, {}});
  }

  py::array indices() const { return IndexArray(span_.indices, span_.size, span_.owner); }

  py::array ids() const {
    py::array_t<uint64_t> ids(static_cast<py::ssize_t>(span_.size));
    uint64_t* const out = ids.mutable_data();
    for (size_t i = 0; i < span_.size; ++i) out[i] = id(i);
    return ids;
  }

  Samples Slice(const py::slice& slice) const {
    size_t start = 0;
    size_t stop = 0;
    size_t step = 0;
    size_t length = 0;
    if (!slice.compute(span_.size, &start, &stop, &step, &length)) throw py::error_already_set();
    if (step != 1) throw py::value_error("Samples can only be sliced in steps of 1");
    Samples part = *this;
    if (ids_ != nullptr) {
      part.ids_ += start;
    } else {
      part.span_.first_id = span_.id(start);
    }
    part.span_.indices += start;
    part.span_.size = length;
    return part;
  }

  ResponseSpan Responses() const {
    ResponseSpan responses;
    responses.size = span_.size;
    responses.ids = ids_;
    responses.first_id = span_.first_id;
    responses.id_stride = span_.id_stride;
    return responses;
  }

 private:
  SampleSpan span_;
  const ResponseId* ids_ = nullptr;  // of each sample, kept alive as the indices; null: a series
};

}  // namespace

py::array IndexArray(const QuerySampleIndex* indices, size_t size,
                     const std::shared_ptr<const void>& owner) {
  static_assert(sizeof(QuerySampleIndex) == sizeof(int64_t));
  using Owner = std::shared_ptr<const void>;
  const py::capsule keep(new Owner(owner), [](void* held) { delete static_cast<Owner*>(held); });
  py::array_t<int64_t> array(static_cast<py::ssize_t>(size),
                             reinterpret_cast<const int64_t*>(indices), keep);
  py::detail::array_proxy(array.ptr())->flags &= ~py::detail::npy_api::NPY_ARRAY_WRITEABLE_;
  return array;
}

py::object NewSamples(const SampleSpan& span) { return py::cast(Samples(span)); }

py::object NewSamples(SampleBatch batch) { return py::cast(Samples(std::move(batch))); }

void IssueTo(ArraySystemUnderTest& sut, const py::object& samples) {
  samples.cast<const Samples&>().IssueTo(sut);
}

void RegisterSamples(py::module_& module) {
  py::class_<Samples>(module, "Samples",
                      "Samples to run, as arrays. Stays valid after the issue callback has "
                      "returned; any thread may use and complete it.")
      .def("__len__", &Samples::size)
      .def("__getitem__", &Samples::Slice, py::arg("part"), "A contiguous part, as Samples.")
      .def("__getitem__",
           [](const Samples&, py::ssize_t) -> py::object {
             // Iterating over Samples comes here too.
             throw py::type_error(
                 "Samples are not objects, one a sample: use samples.indices[i] and "
                 "samples.ids[i], or a part of them, samples[i : i + 1]");
           })
      .def_property_readonly("ids", &Samples::ids, "Response ids: uint64 array, one a sample.")
      .def_property_readonly("indices", &Samples::indices,
                             "Library indices: int64 array, one a sample, read-only, not a copy.")
      .def(
          "complete",
          [](const Samples& samples, const py::object& rows, const py::object& n_tokens) {
            CompleteSpan(samples.Responses(), rows, n_tokens);
          },
          py::arg("rows") = py::none(), py::arg("n_tokens") = py::none(),
          "Completes all of them. `rows`: an array whose row i answers sample i, a list of one "
          "buffer a sample, or None. `n_tokens`: None or one token count a sample.")
      .def(
          "first_token",
          [](const Samples& samples, const py::object& rows) {
            FirstTokensOfSpan(samples.Responses(), rows);
          },
          py::arg("rows") = py::none(), "Reports the first token of each, before completion.")
      .def("__repr__", [](const Samples& samples) {
        return "<mlperf_loadgen.Samples: " + std::to_string(samples.size()) + ">";
      });
}

}  // namespace mlperf::python
