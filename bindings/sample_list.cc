#include "sample_list.h"

#include "gil.h"
#include "many_objects.h"
#include "sample_types.h"

namespace mlperf::python {
namespace {

// Without a GIL a count of references says nothing about other threads: nothing is kept.
#ifdef Py_GIL_DISABLED
constexpr size_t kMostKept = 0;
#else
constexpr size_t kMostKept = 64;
#endif

QuerySample At(const SampleSpan& samples, size_t i) { return {samples.id(i), samples.indices[i]}; }

py::list ListOf(const SampleSpan& samples) {
  py::list list = NewList(samples.size);
  for (size_t i = 0; i < samples.size; ++i) {
    PyList_SET_ITEM(list.ptr(), static_cast<Py_ssize_t>(i),
                    NewQuerySample(At(samples, i)).release().ptr());
  }
  return list;
}

// `list` has as many items, whatever they are by now.
void Refill(const py::object& list, const SampleSpan& samples) {
  for (size_t i = 0; i < samples.size; ++i) {
    const auto place = static_cast<Py_ssize_t>(i);
    if (RefillQuerySample(PyList_GET_ITEM(list.ptr(), place), At(samples, i))) continue;
    PyList_SetItem(list.ptr(), place, NewQuerySample(At(samples, i)).release().ptr());
  }
}

}  // namespace

SampleList::~SampleList() {
  const GilAcquire gil;
  kept_ = py::object();
}

py::object SampleList::Make(const SampleSpan& samples) {
  if (samples.size > kMostKept) return ListOf(samples);
  // Out of reach while it is worked on: what the SUT put into it may run Python when it goes.
  py::object list = std::move(kept_);
  if (list && Py_REFCNT(list.ptr()) == 1 &&
      PyList_GET_SIZE(list.ptr()) == static_cast<Py_ssize_t>(samples.size)) {
    Refill(list, samples);
  } else {
    list = ListOf(samples);
  }
  kept_ = list;
  return list;
}

}  // namespace mlperf::python
