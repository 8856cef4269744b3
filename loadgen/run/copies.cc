#include "run/copies.h"

#include <atomic>

namespace mlperf::run {
namespace {

using Running = std::atomic<const Takers*>;
static_assert(sizeof(Running) == sizeof(void*) && Running::is_always_lock_free);

}  // namespace
}  // namespace mlperf::run

// Whose Takers run the test of the process. The loader takes a symbol of this kind for one and the
// same wherever it is defined, even in modules that are kept apart otherwise (RTLD_LOCAL), as those
// of Python are. Written for the assembler, because not every compiler has a way to say so.
#if defined(__ELF__) && defined(__GLIBC__)
asm(R"(
  .pushsection .data.mlperf_loadgen_running_v1, "aw"
  .type mlperf_loadgen_running_v1, %gnu_unique_object
  .balign 8
  .size mlperf_loadgen_running_v1, 8
mlperf_loadgen_running_v1:
  .quad 0
  .popsection
)");
static_assert(sizeof(void*) == 8);
extern "C" __attribute__((visibility("default"))) mlperf::run::Running mlperf_loadgen_running_v1;
#else
static mlperf::run::Running mlperf_loadgen_running_v1;
#endif

namespace mlperf::run {

bool BecomeTheOneThatRuns() {
  const Takers* none = nullptr;
  return mlperf_loadgen_running_v1.compare_exchange_strong(none, &kTakers);
}

void StopBeingTheOneThatRuns() {
  const Takers* mine = &kTakers;
  mlperf_loadgen_running_v1.compare_exchange_strong(mine, nullptr);
}

const Takers* TakersElsewhere() {
  const Takers* const found = mlperf_loadgen_running_v1.load();
  return found == &kTakers ? nullptr : found;
}

}  // namespace mlperf::run
