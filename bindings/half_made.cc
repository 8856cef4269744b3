#include "half_made.h"

namespace mlperf::python {
namespace {

// What pybind11 calls for the memory of an object that has none when it is used.
void* Refuse(size_t) {
  throw py::type_error(
      "this object was never initialised: it was made by __new__, without __init__");
}

}  // namespace

void RefuseHalfMadeObjects(const py::module_& module) {
  for (const auto& [name, member] : py::reinterpret_borrow<py::dict>(module.attr("__dict__"))) {
    if (PyType_Check(member.ptr()) == 0) continue;
    auto* const type = reinterpret_cast<PyTypeObject*>(member.ptr());
    for (py::detail::type_info* info : py::detail::all_type_info(type))
      info->operator_new = &Refuse;
  }
}

}  // namespace mlperf::python
