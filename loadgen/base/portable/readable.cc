#include "base/readable.h"

namespace mlperf::base {

bool IsReadable(const void*, size_t) { return true; }

}  // namespace mlperf::base
