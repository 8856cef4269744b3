#include "samples.h"

#include <structmember.h>

#include <array>
#include <cstddef>
#include <memory>
#include <new>
#include <utility>
#include <vector>

#include "arguments.h"
#include "completion.h"
#include "exceptions.h"
#include "numpy.h"
#include "register.h"

namespace mlperf::python {
namespace {

// Samples whose indices are owned, of one series of ids or with any.
struct Held {
  SampleSpan span;
  const ResponseId* ids = nullptr;  // of each sample, kept alive as the indices; null: a series

  ResponseId id(size_t i) const { return ids != nullptr ? ids[i] : span.id(i); }

  ResponseSpan Responses() const {
    ResponseSpan responses;
    responses.size = span.size;
    responses.ids = ids;
    responses.first_id = span.first_id;
    responses.id_stride = span.id_stride;
    return responses;
  }
};

// Written against the C API, as the sample types are: SUTs of the modern face get one a query.
struct Box {
  PyObject_HEAD PyObject* weak_references;
  Held held;
};

PyTypeObject* samples_type = nullptr;

const Held& HeldBy(PyObject* self) { return reinterpret_cast<Box*>(self)->held; }

PyObject* New(Held held) {
  auto* const box = reinterpret_cast<Box*>(samples_type->tp_alloc(samples_type, 0));
  if (box == nullptr) throw py::error_already_set();
  new (&box->held) Held(std::move(held));
  return reinterpret_cast<PyObject*>(box);
}

void Deallocate(PyObject* self) {
  auto* const box = reinterpret_cast<Box*>(self);
  if (box->weak_references != nullptr) PyObject_ClearWeakRefs(self);
  box->held.~Held();
  PyTypeObject* const type = Py_TYPE(self);
  type->tp_free(self);
  Py_DECREF(type);
}

PyObject* NotFromPython(PyTypeObject*, PyObject*, PyObject*) {
  PyErr_SetString(PyExc_TypeError, "mlperf_loadgen.Samples: No constructor defined!");
  return nullptr;
}

Py_ssize_t Length(PyObject* self) { return static_cast<Py_ssize_t>(HeldBy(self).span.size); }

PyObject* Item(PyObject*, Py_ssize_t) {
  // Iterating over Samples comes here too.
  PyErr_SetString(PyExc_TypeError,
                  "Samples are not objects, one a sample: use samples.indices[i] and "
                  "samples.ids[i], or a part of them, samples[i : i + 1]");
  return nullptr;
}

PyObject* Part(PyObject* self, PyObject* key) {
  if (PySlice_Check(key) == 0) return Item(self, 0);
  Py_ssize_t start = 0;
  Py_ssize_t stop = 0;
  Py_ssize_t step = 0;
  if (PySlice_Unpack(key, &start, &stop, &step) != 0) return nullptr;
  Held part = HeldBy(self);
  const Py_ssize_t length = PySlice_AdjustIndices(Length(self), &start, &stop, step);
  if (step != 1) {
    PyErr_SetString(PyExc_ValueError, "Samples can only be sliced in steps of 1");
    return nullptr;
  }
  if (part.ids != nullptr) {
    part.ids += start;
  } else {
    part.span.first_id = part.span.id(static_cast<size_t>(start));
  }
  part.span.indices += start;
  part.span.size = static_cast<size_t>(length);
  return GuardedResult([&] { return New(std::move(part)); });
}

PyObject* Indices(PyObject* self, void*) {
  const SampleSpan& span = HeldBy(self).span;
  return GuardedResult(
      [&] { return IndexArray(span.indices, span.size, span.owner).release().ptr(); });
}

PyObject* Ids(PyObject* self, void*) {
  const Held& held = HeldBy(self);
  return GuardedResult([&] {
    NeedNumpy();
    py::array_t<uint64_t> ids(static_cast<py::ssize_t>(held.span.size));
    uint64_t* const out = ids.mutable_data();
    for (size_t i = 0; i < held.span.size; ++i) out[i] = held.id(i);
    return ids.release().ptr();
  });
}

PyObject* Complete(PyObject* self, PyObject* const* args, Py_ssize_t positional,
                   PyObject* keywords) {
  std::array<PyObject*, 2> given{Py_None, Py_None};
  if (!SortArguments<2>({"rows", "n_tokens"}, 0, args, positional, keywords, &given)) {
    return nullptr;
  }
  return Guarded([&] {
    CompleteSpan(HeldBy(self).Responses(), py::reinterpret_borrow<py::object>(given[0]),
                 py::reinterpret_borrow<py::object>(given[1]));
  });
}

PyObject* FirstToken(PyObject* self, PyObject* const* args, Py_ssize_t positional,
                     PyObject* keywords) {
  std::array<PyObject*, 1> given{Py_None};
  if (!SortArguments<1>({"rows"}, 0, args, positional, keywords, &given)) return nullptr;
  return Guarded([&] {
    FirstTokensOfSpan(HeldBy(self).Responses(), py::reinterpret_borrow<py::object>(given[0]));
  });
}

PyObject* Repr(PyObject* self) {
  return PyUnicode_FromFormat("<mlperf_loadgen.Samples: %zu>", HeldBy(self).span.size);
}

PyMethodDef methods[] = {
    {"complete", AsMethod(Complete), METH_FASTCALL | METH_KEYWORDS,
     "complete($self, rows=None, n_tokens=None)\n--\n\n"
     "complete(self, rows: npt.ArrayLike | Sequence[Buffer | None] | None = None, "
     "n_tokens: npt.ArrayLike | None = None) -> None\n\n"
     "Complete all of them.\n\n"
     "``rows``: an array whose row i answers sample i, a list of one buffer a sample (None: no "
     "bytes), or None. ``n_tokens``: None or one token count a sample. Raises ValueError or "
     "TypeError before any sample is completed."},
    {"first_token", AsMethod(FirstToken), METH_FASTCALL | METH_KEYWORDS,
     "first_token($self, rows=None)\n--\n\n"
     "first_token(self, rows: npt.ArrayLike | Sequence[Buffer | None] | None = None) -> None\n\n"
     "Report the first token of each, before completion."},
    {"__getitem__", Part, METH_O | METH_COEXIST,
     "__getitem__($self, part, /)\n--\n\n"
     "__getitem__(self, part: slice, /) -> Samples\n\nA contiguous part."},
    {nullptr, nullptr, 0, nullptr}};

PyGetSetDef properties[] = {
    {"ids", Ids, nullptr, "ids(self) -> npt.NDArray[np.uint64]\n\nResponse ids, one a sample.",
     nullptr},
    {"indices", Indices, nullptr,

     "indices(self) -> npt.NDArray[np.int64]\n\n"
     "Library indices, one a sample; read-only, not a copy.\n\n"
     "PyTorch takes what may be written to: ``torch.as_tensor(samples.indices.copy())``.",
     nullptr},
    {nullptr, nullptr, nullptr, nullptr, nullptr}};

PyMemberDef members[] = {
    {"__weaklistoffset__", T_PYSSIZET, offsetof(Box, weak_references), READONLY, nullptr},
    {nullptr, 0, 0, 0, nullptr}};

template <typename F>
void* Slot(F* function) {
  return reinterpret_cast<void*>(function);
}

}  // namespace

py::array IndexArray(const QuerySampleIndex* indices, size_t size,
                     const std::shared_ptr<const void>& owner) {
  static_assert(sizeof(QuerySampleIndex) == sizeof(int64_t));
  NeedNumpy();
  using Owner = std::shared_ptr<const void>;
  const py::capsule keep(new Owner(owner), [](void* held) { delete static_cast<Owner*>(held); });
  py::array_t<int64_t> array(static_cast<py::ssize_t>(size),
                             reinterpret_cast<const int64_t*>(indices), keep);
  py::detail::array_proxy(array.ptr())->flags &= ~py::detail::npy_api::NPY_ARRAY_WRITEABLE_;
  return array;
}

py::object NewSamples(const SampleSpan& span) {
  if (span.owner != nullptr) return py::reinterpret_steal<py::object>(New({span}));
  const auto copy =
      std::make_shared<const std::vector<QuerySampleIndex>>(span.indices, span.indices + span.size);
  SampleSpan owned = span;
  owned.indices = copy->data();
  owned.owner = copy;
  return py::reinterpret_steal<py::object>(New({std::move(owned)}));
}

py::object NewSamples(SampleBatch batch) {
  const auto kept = std::make_shared<const SampleBatch>(std::move(batch));
  const ResponseSpan responses = kept->Responses();
  return py::reinterpret_steal<py::object>(
      New({{responses.first_id, responses.id_stride, kept->indices(), responses.size, kept},
           responses.ids}));
}

void IssueTo(ArraySystemUnderTest& sut, const py::object& samples) {
  if (PyObject_TypeCheck(samples.ptr(), samples_type) == 0) {
    throw py::type_error(std::string("Samples are needed, not ") + Py_TYPE(samples.ptr())->tp_name);
  }
  const Held& held = HeldBy(samples.ptr());
  if (held.ids == nullptr) return sut.IssueSamples(held.span);
  for (size_t i = 0; i < held.span.size; ++i) {
    sut.IssueSamples({held.ids[i], 1, held.span.indices + i, 1, {}});
  }
}

void RegisterSamples(py::module_& module) {
  PyType_Slot slots[] = {
      {Py_tp_doc, const_cast<char*>("Samples to run, as arrays.\n\n"
                                    "Stays valid after the issue callback has returned; any thread "
                                    "may use and complete it.")},
      {Py_tp_new, Slot(NotFromPython)},
      {Py_tp_dealloc, Slot(Deallocate)},
      {Py_tp_repr, Slot(Repr)},
      {Py_sq_item, Slot(Item)},
      {Py_mp_length, Slot(Length)},
      {Py_mp_subscript, Slot(Part)},
      {Py_tp_methods, methods},
      {Py_tp_getset, properties},
      {Py_tp_members, members},
      {0, nullptr}};
  PyType_Spec spec{};
  spec.name = "mlperf_loadgen._core.Samples";
  spec.basicsize = sizeof(Box);
  spec.flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE;
  spec.slots = slots;
  PyObject* const type = PyType_FromSpec(&spec);
  if (type == nullptr) throw py::error_already_set();
  samples_type = reinterpret_cast<PyTypeObject*>(type);
  module.add_object("Samples", py::handle(type));
}

}  // namespace mlperf::python
