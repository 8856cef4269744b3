// Reads arguments from Python where pybind11 is not used, or does not suffice.

#ifndef MLPERF_LOADGEN_BINDINGS_ARGUMENTS_H_
#define MLPERF_LOADGEN_BINDINGS_ARGUMENTS_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

#include "python.h"
#include "short_int.h"

namespace mlperf::python {

// Sorts positional and keyword arguments by `names`, the first `required` of which must be there.
// What is not given stays as *given has it. Returns false with a TypeError set.
template <size_t N>
bool SortArguments(const std::array<const char*, N>& names, size_t required, PyObject* const* args,
                   Py_ssize_t positional, PyObject* keywords, std::array<PyObject*, N>* given) {
  const auto places = static_cast<size_t>(positional);
  if (keywords == nullptr && places >= required && places <= N) {  // the form that is called most
    for (size_t i = 0; i < places; ++i) (*given)[i] = args[i];
    return true;
  }
  if (places > N) {
    std::string list;
    for (const char* name : names) list += (list.empty() ? "" : ", ") + std::string(name);
    PyErr_Format(PyExc_TypeError, "takes at most %zu argument%s: %s", N, N == 1 ? "" : "s",
                 list.c_str());
    return false;
  }
  for (size_t i = 0; i < places; ++i) (*given)[i] = args[i];
  const Py_ssize_t keyword_count = keywords == nullptr ? 0 : PyTuple_GET_SIZE(keywords);
  for (Py_ssize_t k = 0; k < keyword_count; ++k) {
    PyObject* const keyword = PyTuple_GET_ITEM(keywords, k);
    size_t i = 0;
    while (i < N && PyUnicode_CompareWithASCIIString(keyword, names[i]) != 0) ++i;
    if (i == N || i < places) {
      PyErr_Format(PyExc_TypeError, "got an unexpected argument %R", keyword);
      return false;
    }
    (*given)[i] = args[positional + k];
  }
  for (size_t i = 0; i < required; ++i) {
    if ((*given)[i] != nullptr) continue;
    PyErr_Format(PyExc_TypeError, "missing required argument: '%s'", names[i]);
    return false;
  }
  return true;
}

// What ReadInteger does where `object` is not a small int.
bool ReadAnyInteger(PyObject* object, const char* name, bool is_signed, uint64_t* out);

// A whole number of 64 bits; with `is_signed` its bits are those of an int64_t. Any type of number
// will do, as long as the value is whole. Returns false with a TypeError or OverflowError set that
// has the name and the value, or with what `object` raised itself.
inline bool ReadInteger(PyObject* object, const char* name, bool is_signed, uint64_t* out) {
  if (ReadShortInt(object, out)) return true;
  if (PyLong_CheckExact(object)) {
    int overflow = 0;
    const long long value = PyLong_AsLongLongAndOverflow(object, &overflow);
    if (overflow == 0 && (is_signed || value >= 0)) {
      *out = static_cast<uint64_t>(value);
      return true;
    }
  }
  return ReadAnyInteger(object, name, is_signed, out);
}

// The same, unsigned; throws py::error_already_set.
uint64_t IntegerArgument(const py::object& object, const char* name);

// A METH_FASTCALL | METH_KEYWORDS function, as a PyMethodDef has it.
using FastFunction = PyObject*(PyObject*, PyObject* const*, Py_ssize_t, PyObject*);
inline PyCFunction AsMethod(FastFunction* function) noexcept {
  return reinterpret_cast<PyCFunction>(reinterpret_cast<void*>(function));
}

}  // namespace mlperf::python

#endif  // MLPERF_LOADGEN_BINDINGS_ARGUMENTS_H_
