// Reads a Python int without a call into Python: one is read for each id, address and size.

#ifndef MLPERF_LOADGEN_BINDINGS_SHORT_INT_H_
#define MLPERF_LOADGEN_BINDINGS_SHORT_INT_H_

#include <cstdint>

#include "python.h"

namespace mlperf::python {

// With the GIL held. Sets *value and returns true if `object` is an int (no subclass) from 0 to
// 2^60 - 1; leaves *value alone and returns false for any other object, and on versions of CPython
// whose layout of an int is not known here.
inline bool ReadShortInt(PyObject* object, uint64_t* value) {
#if PyLong_SHIFT == 30 && PY_VERSION_HEX >= 0x030B0000 && PY_VERSION_HEX < 0x030F0000
  if (!PyLong_CheckExact(object)) return false;
#if PY_VERSION_HEX >= 0x030C0000
  const auto& number = reinterpret_cast<const PyLongObject*>(object)->long_value;
  constexpr uintptr_t kSignBits = 3;
  constexpr uintptr_t kNegative = 2;
  if ((number.lv_tag & kSignBits) == kNegative) return false;
  const uintptr_t digits = number.lv_tag >> 3U;
#else
  const auto& number = *reinterpret_cast<const PyLongObject*>(object);
  const Py_ssize_t digits = Py_SIZE(object);  // negative for a negative number
#endif
  switch (digits) {
    case 0: *value = 0; return true;
    case 1: *value = number.ob_digit[0]; return true;
    case 2:
      *value = number.ob_digit[0] | uint64_t{number.ob_digit[1]}
                                        << static_cast<unsigned>(PyLong_SHIFT);
      return true;
    default: return false;
  }
#else
  static_cast<void>(object);
  static_cast<void>(value);
  return false;
#endif
}

}  // namespace mlperf::python

#endif  // MLPERF_LOADGEN_BINDINGS_SHORT_INT_H_
