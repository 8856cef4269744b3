// Memory for the Python objects of a large query. Half the time that they take goes into page
// faults.

#ifndef MLPERF_LOADGEN_BINDINGS_MANY_OBJECTS_H_
#define MLPERF_LOADGEN_BINDINGS_MANY_OBJECTS_H_

#include <cstddef>

#include "python.h"

namespace mlperf::python {

// From this many objects on, prefaulting their memory pays: they fill several of Python's arenas.
constexpr size_t kManyObjects = size_t{1} << 16U;

// A list of `size` items that are still null, as py::list(size); a long one is prefaulted. With the
// GIL held.
py::list NewList(size_t size);

// While one lives, every new arena, from which Python allocates its small objects, is prefaulted:
// ahead of use by a thread, where the process may use two processors.
// Made and destroyed with the GIL held; several may live at once and end in any order.
class PrefaultedArenas {
 public:
  PrefaultedArenas();
  ~PrefaultedArenas();
  PrefaultedArenas(const PrefaultedArenas&) = delete;
  PrefaultedArenas& operator=(const PrefaultedArenas&) = delete;
};

}  // namespace mlperf::python

#endif  // MLPERF_LOADGEN_BINDINGS_MANY_OBJECTS_H_
