#include "arguments.h"

#include <cmath>
#include <optional>

namespace mlperf::python {
namespace {

// Raises a TypeError; the exception that is set, if any, becomes its cause.
void RaiseNoInteger(PyObject* object, const char* name) {
  const auto cause = PyErr_Occurred() != nullptr
                         ? std::optional<py::error_already_set>(std::in_place)
                         : std::nullopt;
  if (PyNumber_Check(object) != 0) {
    PyErr_Format(PyExc_TypeError, "%s must be a whole number, not %.100R", name, object);
  } else {
    PyErr_Format(PyExc_TypeError, "%s must be an integer, not %.100s", name,
                 Py_TYPE(object)->tp_name);
  }
  if (!cause) return;
  py::error_already_set raised;
  PyException_SetCause(raised.value().ptr(), Py_NewRef(cause->value().ptr()));
  raised.restore();
}

// `object` as a Python int, or null with an exception set.
PyObject* AsInteger(PyObject* object, const char* name) {
  if (PyIndex_Check(object) != 0) {
    PyObject* const index = PyNumber_Index(object);
    if (index == nullptr && PyErr_ExceptionMatches(PyExc_TypeError) != 0) {
      RaiseNoInteger(object, name);
    }
    return index;
  }
  // Numbers that need not be whole: float, numpy.float32, Decimal, Fraction.
  const bool is_number = PyNumber_Check(object) != 0;
  // Beyond 2^53 a float may not be the number that it was made from.
  constexpr double kExact = 9007199254740992;
  if (!is_number ||
      (PyFloat_Check(object) != 0 && !(std::fabs(PyFloat_AS_DOUBLE(object)) <= kExact))) {
    RaiseNoInteger(object, name);
    return nullptr;
  }
  PyObject* const whole = PyNumber_Long(object);
  const int same = whole == nullptr ? -1 : PyObject_RichCompareBool(whole, object, Py_EQ);
  if (same == 1) return whole;
  Py_XDECREF(whole);
  RaiseNoInteger(object, name);
  return nullptr;
}

}  // namespace

bool ReadAnyInteger(PyObject* object, const char* name, bool is_signed, uint64_t* out) {
  PyObject* const integer = AsInteger(object, name);
  if (integer == nullptr) return false;
  *out = is_signed ? static_cast<uint64_t>(PyLong_AsLongLong(integer))
                   : PyLong_AsUnsignedLongLong(integer);
  Py_DECREF(integer);
  if (*out != static_cast<uint64_t>(-1) || PyErr_Occurred() == nullptr) return true;
  PyErr_Format(PyExc_OverflowError, "%s is out of range: %.100R", name, object);
  return false;
}

uint64_t IntegerArgument(const py::object& object, const char* name) {
  uint64_t value = 0;
  if (!ReadInteger(object.ptr(), name, false, &value)) throw py::error_already_set();
  return value;
}

}  // namespace mlperf::python
