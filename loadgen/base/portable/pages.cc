#include "base/pages.h"

namespace mlperf::base {

void PrefaultPages(void*, size_t) {}
void ReleasePages(void*, size_t) {}

}  // namespace mlperf::base
