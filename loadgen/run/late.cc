#include "run/late.h"

#include <atomic>
#include <cinttypes>
#include <cstdio>

namespace mlperf::run {
namespace {

std::atomic<uint64_t> late{0};
std::atomic<uint64_t> next_said{1};

}  // namespace

void CountLate(uint64_t samples, ResponseId first) noexcept {
  if (samples == 0) return;
  const uint64_t count = late.fetch_add(samples) + samples;
  uint64_t next = next_said.load();
  do {
    if (count < next) return;
  } while (!next_said.compare_exchange_weak(next, count * 10));
  std::fprintf(stderr,
               "mlperf_loadgen: samples were completed while no test is running: %" PRIu64
               " so far, the last with id %" PRIuPTR
               ". Nothing becomes of them: a test takes no answers after its end. (Where one is "
               "running, the call went to another copy of the library: see docs/embedding.md.)\n",
               count, first);
}

}  // namespace mlperf::run
