#include "sample_types.h"

#include <pybind11/critical_section.h>

#include <array>
#include <cstddef>
#include <cstring>
#include <stdexcept>
#include <string>
#include <vector>

#include "arguments.h"
#include "register.h"

namespace mlperf::python {
namespace {

// A Python object around a plain struct.
template <typename T>
struct Box {
  PyObject_HEAD T value;
};
using SampleBox = Box<QuerySample>;
using ResponseBox = Box<QuerySampleResponse>;

template <typename T>
PyTypeObject* type_of = nullptr;

template <typename T>
T& Value(PyObject* self) {
  return reinterpret_cast<Box<T>*>(self)->value;
}

// Boxes that were given back, for the next ones: a SUT drops as many as it makes. Guarded by the
// GIL; without one there are none.
#ifdef Py_GIL_DISABLED
constexpr size_t kSpareBoxes = 0;
#else
constexpr size_t kSpareBoxes = 64;
#endif
template <typename T>
struct Spare {
  static inline size_t count = 0;
  static inline std::array<PyObject*, kSpareBoxes> boxes{};
};

// New instance, not initialised; null with an exception set.
template <typename T>
PyObject* Allocate(PyTypeObject* type) {
  if (type != type_of<T>) return type->tp_alloc(type, 0);  // a subclass may be larger
  void* const memory =
      Spare<T>::count != 0 ? Spare<T>::boxes[--Spare<T>::count] : PyObject_Malloc(sizeof(Box<T>));
  if (memory == nullptr) return PyErr_NoMemory();
  return PyObject_Init(static_cast<PyObject*>(memory), type);
}

template <typename T>
void Deallocate(PyObject* self) {
  PyTypeObject* const type = Py_TYPE(self);
  if (type == type_of<T> && Spare<T>::count != kSpareBoxes) {
    Spare<T>::boxes[Spare<T>::count++] = self;
  } else {
    type->tp_free(self);
  }
  Py_DECREF(type);
}

struct Field {
  const char* name;
  size_t offset;
  bool is_signed;
};

bool Write(PyObject* self, const Field& field, PyObject* value) {
  uint64_t bits = 0;
  if (!ReadInteger(value, field.name, field.is_signed, &bits)) return false;
  std::memcpy(reinterpret_cast<char*>(self) + field.offset, &bits, sizeof bits);
  return true;
}

PyObject* GetField(PyObject* self, void* closure) {
  const Field& field = *static_cast<const Field*>(closure);
  uint64_t bits = 0;
  std::memcpy(&bits, reinterpret_cast<char*>(self) + field.offset, sizeof bits);
  return field.is_signed ? PyLong_FromLongLong(static_cast<int64_t>(bits))
                         : PyLong_FromUnsignedLongLong(bits);
}

int SetField(PyObject* self, PyObject* value, void* closure) {
  const Field& field = *static_cast<const Field*>(closure);
  if (value != nullptr) return Write(self, field, value) ? 0 : -1;
  PyErr_Format(PyExc_TypeError, "%s cannot be deleted", field.name);
  return -1;
}

// Fills the fields of `self` from positional and keyword arguments, the first `required` of which
// must be there. The arguments are those of a vectorcall.
template <size_t N>
bool Fill(PyObject* self, const char* type_name, const std::array<Field, N>& fields,
          size_t required, PyObject* const* args, size_t positional, PyObject* keywords) {
  std::array<PyObject*, N> given{};
  if (positional > N) {
    PyErr_Format(PyExc_TypeError, "%s takes at most %zu arguments, %zu given", type_name, N,
                 positional);
    return false;
  }
  for (size_t i = 0; i < positional; ++i) given[i] = args[i];
  const Py_ssize_t keyword_count = keywords == nullptr ? 0 : PyTuple_GET_SIZE(keywords);
  for (Py_ssize_t k = 0; k < keyword_count; ++k) {
    PyObject* const keyword = PyTuple_GET_ITEM(keywords, k);
    size_t i = 0;
    while (i < N && PyUnicode_CompareWithASCIIString(keyword, fields[i].name) != 0) ++i;
    if (i == N || given[i] != nullptr) {
      PyErr_Format(PyExc_TypeError, "%s got %s argument %R", type_name,
                   i == N ? "an unexpected" : "more than one", keyword);
      return false;
    }
    given[i] = args[positional + static_cast<size_t>(k)];
  }
  for (size_t i = 0; i < N; ++i) {
    if (given[i] == nullptr) {
      if (i >= required) continue;
      PyErr_Format(PyExc_TypeError, "%s: missing required argument: '%s'", type_name,
                   fields[i].name);
      return false;
    }
    if (!Write(self, fields[i], given[i])) return false;
  }
  return true;
}

constexpr std::array<Field, 2> kSampleFields{
    {{"id", offsetof(SampleBox, value) + offsetof(QuerySample, id), false},
     {"index", offsetof(SampleBox, value) + offsetof(QuerySample, index), false}}};

constexpr std::array<Field, 4> kResponseFields{
    {{"id", offsetof(ResponseBox, value) + offsetof(QuerySampleResponse, id), false},
     {"data", offsetof(ResponseBox, value) + offsetof(QuerySampleResponse, data), false},
     {"size", offsetof(ResponseBox, value) + offsetof(QuerySampleResponse, size), false},
     {"n_tokens", offsetof(ResponseBox, value) + offsetof(QuerySampleResponse, n_tokens), true}}};

PyObject* SampleVectorcall(PyObject* type, PyObject* const* args, size_t nargsf,
                           PyObject* keywords) {
  PyObject* const self = Allocate<QuerySample>(reinterpret_cast<PyTypeObject*>(type));
  if (self == nullptr) return nullptr;
  Value<QuerySample>(self) = {0, 0};
  if (Fill(self, "QuerySample", kSampleFields, 0, args,
           static_cast<size_t>(PyVectorcall_NARGS(nargsf)), keywords)) {
    return self;
  }
  Py_DECREF(self);
  return nullptr;
}

// The form that SUTs use: id, address, size, and maybe the tokens.
bool ReadShortInts(PyObject* const* args, size_t count, QuerySampleResponse* response) {
  uint64_t n_tokens = 0;
  if (count != 3 && (count != 4 || !ReadShortInt(args[3], &n_tokens))) return false;
  uint64_t id = 0;
  uint64_t data = 0;
  uint64_t size = 0;
  if (!ReadShortInt(args[0], &id) || !ReadShortInt(args[1], &data) ||
      !ReadShortInt(args[2], &size)) {
    return false;
  }
  *response = {id, data, size, static_cast<int64_t>(n_tokens)};
  return true;
}

PyObject* ResponseVectorcall(PyObject* type, PyObject* const* args, size_t nargsf,
                             PyObject* keywords) {
  QuerySampleResponse response{};
  const auto positional = static_cast<size_t>(PyVectorcall_NARGS(nargsf));
  const bool was_read = keywords == nullptr && ReadShortInts(args, positional, &response);
  PyObject* const self = Allocate<QuerySampleResponse>(reinterpret_cast<PyTypeObject*>(type));
  if (self == nullptr) return nullptr;
  Value<QuerySampleResponse>(self) = response;
  if (was_read) return self;
  const bool any = positional > 0 || (keywords != nullptr && PyTuple_GET_SIZE(keywords) > 0);
  // Without any argument all are zero; with some, all but the tokens are needed.
  if (Fill(self, "QuerySampleResponse", kResponseFields, any ? 3 : 0, args, positional, keywords)) {
    return self;
  }
  Py_DECREF(self);
  return nullptr;
}

// tp_new, for subclasses and copy protocols, which do not come through the vectorcall.
template <PyObject* (*Vectorcall)(PyObject*, PyObject* const*, size_t, PyObject*)>
PyObject* New(PyTypeObject* type, PyObject* args, PyObject* kwargs) {
  std::vector<PyObject*> values;
  values.reserve(static_cast<size_t>(PyTuple_GET_SIZE(args)));
  for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(args); ++i) {
    values.push_back(PyTuple_GET_ITEM(args, i));
  }
  const size_t positional = values.size();
  py::list names;
  if (kwargs != nullptr) {
    PyObject* key = nullptr;
    PyObject* value = nullptr;
    for (Py_ssize_t at = 0; PyDict_Next(kwargs, &at, &key, &value) != 0;) {
      names.append(py::handle(key));
      values.push_back(value);
    }
  }
  const py::tuple keywords(names);
  return Vectorcall(reinterpret_cast<PyObject*>(type), values.data(), positional, keywords.ptr());
}

// What __reduce__ returns: the type, `arguments` (stolen) to make it from, and the attributes that
// a subclass may have added.
PyObject* Reduced(PyObject* self, PyObject* arguments) {
  if (arguments == nullptr) return nullptr;
  PyObject* const attributes = PyObject_GetAttrString(self, "__dict__");
  if (attributes != nullptr) {
    return Py_BuildValue("ONN", reinterpret_cast<PyObject*>(Py_TYPE(self)), arguments, attributes);
  }
  PyErr_Clear();
  return Py_BuildValue("ON", reinterpret_cast<PyObject*>(Py_TYPE(self)), arguments);
}

PyObject* SampleReduce(PyObject* self, PyObject*) {
  const auto& value = Value<QuerySample>(self);
  return Reduced(self, Py_BuildValue("KK", static_cast<unsigned long long>(value.id),
                                     static_cast<unsigned long long>(value.index)));
}

PyObject* ResponseReduce(PyObject* self, PyObject*) {
  const auto& value = Value<QuerySampleResponse>(self);
  return Reduced(self, Py_BuildValue("KKKL", static_cast<unsigned long long>(value.id),
                                     static_cast<unsigned long long>(value.data),
                                     static_cast<unsigned long long>(value.size),
                                     static_cast<long long>(value.n_tokens)));
}

PyObject* SampleRepr(PyObject* self) {
  const auto& value = Value<QuerySample>(self);
  return PyUnicode_FromFormat("QuerySample(id=%llu, index=%llu)",
                              static_cast<unsigned long long>(value.id),
                              static_cast<unsigned long long>(value.index));
}

PyObject* ResponseRepr(PyObject* self) {
  const auto& value = Value<QuerySampleResponse>(self);
  return PyUnicode_FromFormat(
      "QuerySampleResponse(id=%llu, data=%llu, size=%llu, n_tokens=%lld)",
      static_cast<unsigned long long>(value.id), static_cast<unsigned long long>(value.data),
      static_cast<unsigned long long>(value.size), static_cast<long long>(value.n_tokens));
}

PyGetSetDef Property(const Field& field, const char* doc) noexcept {
  return {field.name, GetField, SetField, doc, const_cast<Field*>(&field)};
}

PyGetSetDef sample_properties[] = {
    Property(kSampleFields[0], "id: int\n\nResponse id: give it back with the response."),
    Property(kSampleFields[1], "index: int\n\nWhich sample of the library to run."),
    {nullptr, nullptr, nullptr, nullptr, nullptr}};

PyGetSetDef response_properties[] = {
    Property(kResponseFields[0], "id: int\n\nId of the sample that this answers."),
    Property(kResponseFields[1], "data: int\n\nAddress of the response's first byte."),
    Property(kResponseFields[2], "size: int\n\nBytes."),
    Property(kResponseFields[3], "n_tokens: int\n\nTokens generated."),
    {nullptr, nullptr, nullptr, nullptr, nullptr}};

// Interned, so that a name in a program is mostly the same object.
PyObject* id_name = nullptr;
PyObject* index_name = nullptr;

// What a SUT does most: spares it the look-up in the type, which a subclass may have changed.
PyObject* SampleGetAttribute(PyObject* self, PyObject* name) {
  if (Py_TYPE(self) == type_of<QuerySample>) {
    if (name == id_name) return PyLong_FromUnsignedLongLong(Value<QuerySample>(self).id);
    if (name == index_name) return PyLong_FromUnsignedLongLong(Value<QuerySample>(self).index);
  }
  return PyObject_GenericGetAttr(self, name);
}

constexpr const char* kReduceDoc = "__reduce__(self) -> tuple[object, ...]\n\nFor pickle and copy.";

PyMethodDef sample_methods[] = {{"__reduce__", SampleReduce, METH_NOARGS, kReduceDoc},
                                {nullptr, nullptr, 0, nullptr}};
PyMethodDef response_methods[] = {{"__reduce__", ResponseReduce, METH_NOARGS, kReduceDoc},
                                  {nullptr, nullptr, 0, nullptr}};

template <typename F>
void* Slot(F* function) {
  return reinterpret_cast<void*>(function);
}

// `qualified` has to live as long as the type: Python 3.10 keeps the pointer.
PyTypeObject* MakeType(py::module_& module, const char* qualified, int size, PyType_Slot* slots,
                       vectorcallfunc vectorcall) {
  PyType_Spec spec{};
  spec.name = qualified;
  spec.basicsize = size;
  spec.flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE;
  spec.slots = slots;
  PyObject* const type = PyType_FromSpec(&spec);
  if (type == nullptr) throw py::error_already_set();
  reinterpret_cast<PyTypeObject*>(type)->tp_vectorcall = vectorcall;
  module.add_object(std::strrchr(qualified, '.') + 1, py::handle(type));
  return reinterpret_cast<PyTypeObject*>(type);
}

}  // namespace

void RegisterSampleTypes(py::module_& module) {
  static_assert(sizeof(ResponseId) == 8 && sizeof(QuerySampleIndex) == 8);
  id_name = PyUnicode_InternFromString("id");
  index_name = PyUnicode_InternFromString("index");
  if (id_name == nullptr || index_name == nullptr) throw py::error_already_set();
  PyType_Slot sample_slots[] = {
      {Py_tp_doc,
       const_cast<char*>("QuerySample(id=0, index=0)\n--\n\n"
                         "QuerySample(id: SupportsIndex = 0, index: SupportsIndex = 0) -> Self\n\n"
                         "One sample of a query: ``id`` goes back with the response, ``index`` "
                         "names the sample.")},
      {Py_tp_new, Slot(New<SampleVectorcall>)},
      {Py_tp_dealloc, Slot(Deallocate<QuerySample>)},
      {Py_tp_getattro, Slot(SampleGetAttribute)},
      {Py_tp_getset, sample_properties},
      {Py_tp_methods, sample_methods},
      {Py_tp_repr, Slot(SampleRepr)},
      {0, nullptr}};
  type_of<QuerySample> = MakeType(module, "mlperf_loadgen.QuerySample", sizeof(SampleBox),
                                  sample_slots, SampleVectorcall);

  PyType_Slot response_slots[] = {
      {Py_tp_doc,
       const_cast<char*>(
           "QuerySampleResponse(id=0, data=0, size=0, n_tokens=0)\n--\n\n"
           "QuerySampleResponse() -> Self\n"
           "QuerySampleResponse(id: SupportsIndex, data: SupportsIndex, size: SupportsIndex, "
           "n_tokens: SupportsIndex = 0) -> Self\n\n"
           "The answer to one sample.\n\n"
           "``size`` bytes from address ``data``, which stay the caller's until the completion "
           "call returns.")},
      {Py_tp_new, Slot(New<ResponseVectorcall>)},
      {Py_tp_dealloc, Slot(Deallocate<QuerySampleResponse>)},
      {Py_tp_getset, response_properties},
      {Py_tp_methods, response_methods},
      {Py_tp_repr, Slot(ResponseRepr)},
      {0, nullptr}};
  type_of<QuerySampleResponse> = MakeType(module, "mlperf_loadgen.QuerySampleResponse",
                                          sizeof(ResponseBox), response_slots, ResponseVectorcall);
}

py::object NewQuerySample(const QuerySample& sample) {
  PyObject* const self = Allocate<QuerySample>(type_of<QuerySample>);
  if (self == nullptr) throw py::error_already_set();
  Value<QuerySample>(self) = sample;
  return py::reinterpret_steal<py::object>(self);
}

bool RefillQuerySample(PyObject* object, const QuerySample& sample) {
  if (Py_TYPE(object) != type_of<QuerySample> || Py_REFCNT(object) != 1) return false;
  Value<QuerySample>(object) = sample;
  return true;
}

py::object NewQuerySampleResponse(const QuerySampleResponse& response) {
  PyObject* const self = Allocate<QuerySampleResponse>(type_of<QuerySampleResponse>);
  if (self == nullptr) throw py::error_already_set();
  Value<QuerySampleResponse>(self) = response;
  return py::reinterpret_steal<py::object>(self);
}

const QuerySampleResponse& ResponseOf(PyObject* object) {
  if (PyObject_TypeCheck(object, type_of<QuerySampleResponse>) == 0) {
    throw py::type_error(std::string("responses must be QuerySampleResponse objects, not ") +
                         Py_TYPE(object)->tp_name);
  }
  return Value<QuerySampleResponse>(object);
}

ResponseList::ResponseList(PyObject* sequence)
    : items_(py::reinterpret_steal<py::object>(
          PyList_CheckExact(sequence)
              ? Py_NewRef(sequence)
              : PySequence_Fast(sequence, "responses must be a list of QuerySampleResponse"))) {
  if (!items_) throw py::error_already_set();
  size_ = static_cast<size_t>(PySequence_Fast_GET_SIZE(items_.ptr()));
}

void ResponseList::Read(size_t begin, size_t end, QuerySampleResponse* responses) const {
  const py::scoped_critical_section alone(items_);  // another thread may change the list
  if (static_cast<size_t>(PySequence_Fast_GET_SIZE(items_.ptr())) != size_) {
    throw std::runtime_error("responses: the list changed while its samples were completed");
  }
  PyObject* const* const items = PySequence_Fast_ITEMS(items_.ptr());
  for (size_t i = begin; i < end; ++i) {
    *responses++ = ResponseOf(items[i]);
  }
}

}  // namespace mlperf::python
