// The name by which programs may also include c_api.h.

#include "../c_api.h"  // IWYU pragma: export
