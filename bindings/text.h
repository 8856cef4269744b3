// Converts paths and messages between Python text and bytes that need not be valid text.

#ifndef MLPERF_LOADGEN_BINDINGS_TEXT_H_
#define MLPERF_LOADGEN_BINDINGS_TEXT_H_

#include <string>

#include "python.h"
#include "typed.h"

namespace mlperf::python {

// What a path may be given as.
using Path = Typed<"str | bytes | os.PathLike[str]">;

// The bytes of a path: a str, as os.fsencode has it, bytes or an os.PathLike. Throws TypeError.
inline std::string PathBytes(const py::object& path) {
  PyObject* bytes = nullptr;
  if (PyUnicode_FSConverter(path.ptr(), &bytes) == 0) throw py::error_already_set();
  return py::reinterpret_steal<py::bytes>(bytes);
}

// A path as a str, as os.fsdecode has it.
inline py::str PathText(const std::string& path) {
  PyObject* const text =
      PyUnicode_DecodeFSDefaultAndSize(path.data(), static_cast<Py_ssize_t>(path.size()));
  if (text == nullptr) throw py::error_already_set();
  return py::reinterpret_steal<py::str>(text);
}

// A message, which may name a path: bytes that are not UTF-8 are replaced.
inline py::str MessageText(const std::string& message) {
  PyObject* const text =
      PyUnicode_DecodeUTF8(message.data(), static_cast<Py_ssize_t>(message.size()), "replace");
  if (text == nullptr) throw py::error_already_set();
  return py::reinterpret_steal<py::str>(text);
}

}  // namespace mlperf::python

#endif  // MLPERF_LOADGEN_BINDINGS_TEXT_H_
