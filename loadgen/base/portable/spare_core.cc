#include "base/spare_core.h"

namespace mlperf::base {

SpareCore::SpareCore() : SpareCore(2, {}) {}
SpareCore::SpareCore(int processors, const std::string&) : processors_(processors), load_(-1) {}
SpareCore::~SpareCore() = default;
bool SpareCore::IsFree() const { return load_ >= 0; }

}  // namespace mlperf::base
