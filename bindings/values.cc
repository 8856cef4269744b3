#include "values.h"

#include <cstring>
#include <string_view>

#include "numpy.h"

namespace mlperf::python {
namespace {

// NumPy's flag of types whose items it counts references of.
constexpr uint64_t kHoldsReferences = 1;

[[noreturn]] void Refuse(const std::string& name, const std::string& what) {
  throw py::type_error(name + ": " + what + "; its bytes are no answers");
}

// Whether a format of the buffer protocol (PEP 3118) has an object or a pointer in it.
bool HasReferences(std::string_view format) {
  for (size_t i = 0; i < format.size(); ++i) {
    const char kind = format[i];
    if (kind == ':') {  // the name of a field, up to the next one
      i = format.find(':', i + 1);
      if (i == std::string_view::npos) return false;
    } else if (kind == 'Z' && i + 1 < format.size() && std::strchr("fdg", format[i + 1])) {
      ++i;  // a complex number
    } else if (std::strchr("OP&zZX", kind) != nullptr) {
      return true;
    }
  }
  return false;
}

void CheckArray(const py::array& array, const std::string& name) {
  const py::dtype type = array.dtype();
  if ((type.flags() & kHoldsReferences) != 0) {
    const bool plain = type.kind() == 'O';
    Refuse(name, plain ? "an array of objects"
                       : "an array of " + std::string(py::str(type)) + ", which holds references");
  }
  if (Py_TYPE(array.ptr()) == py::detail::npy_api::get().PyArray_Type_) return;
  if (py::isinstance(array, py::module_::import("numpy.ma").attr("MaskedArray"))) {
    throw py::type_error(name + ": a masked array; give what stands for the masked values, as in " +
                         "array.filled(0)");
  }
}

void CheckFormat(const py::object& object, const std::string& name) {
  Py_buffer view;
  if (PyObject_GetBuffer(object.ptr(), &view, PyBUF_FULL_RO) != 0) throw py::error_already_set();
  const bool refused = view.format != nullptr && HasReferences(view.format);
  const std::string format = refused ? view.format : "";
  PyBuffer_Release(&view);
  if (refused) {
    Refuse(name, std::string(Py_TYPE(object.ptr())->tp_name) + " of format '" + format +
                     "', which holds references");
  }
}

}  // namespace

void CheckHoldsValues(const py::object& object, const std::string& name) {
  if (NumpyIsThere() && py::isinstance<py::array>(object)) {
    CheckArray(py::reinterpret_borrow<py::array>(object), name);
  } else if (PyObject_CheckBuffer(object.ptr()) != 0) {
    CheckFormat(object, name);
  }
}

}  // namespace mlperf::python
