// The mark of what the library exports.

#ifndef MLPERF_LOADGEN_API_H_
#define MLPERF_LOADGEN_API_H_

// On every public function and on every public class that has code of its own in the library or
// whose type must be one on both sides of its border: what is thrown, what is derived from.
// Everything else is hidden. MLPERF_LOADGEN_SHARED says that the library is a shared one, to its
// own sources and to its users; its CMake target and its pkg-config file define it. In a static
// library the mark is empty, so that what it is linked into does not export it again.
#ifdef MLPERF_LOADGEN_SHARED
#define MLPERF_LOADGEN_API __attribute__((visibility("default")))
#else
#define MLPERF_LOADGEN_API
#endif

#endif  // MLPERF_LOADGEN_API_H_
