// Helps catch blocks that catch everything.

#ifndef MLPERF_LOADGEN_BASE_CAUGHT_H_
#define MLPERF_LOADGEN_BASE_CAUGHT_H_

#include <exception>
#include <stdexcept>

#ifdef __GLIBCXX__
#include <cxxabi.h>
#endif

namespace mlperf::base {

// What runs through the frames of a thread that ends itself, or is ended, in the middle of a call
// (pthread_exit, pthread_cancel). A block that catches it has to throw it on: the process is
// aborted otherwise. Where the platform ends threads in another way nobody throws it.
#ifdef __GLIBCXX__
using ThreadEnds = abi::__forced_unwind;
#else
struct ThreadEnds {};
#endif

// In a catch block: what was caught. Never null, though what another language threw cannot be kept.
inline std::exception_ptr Caught() noexcept {
  std::exception_ptr caught = std::current_exception();
  if (caught != nullptr) return caught;
  return std::make_exception_ptr(std::runtime_error("an exception of another language than C++"));
}

}  // namespace mlperf::base

#endif  // MLPERF_LOADGEN_BASE_CAUGHT_H_
