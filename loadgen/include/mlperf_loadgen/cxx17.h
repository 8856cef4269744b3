// Says what is wrong where a compiler is told to be older than the other headers are. Included
// first by each of them.

#ifndef MLPERF_LOADGEN_CXX17_H_
#define MLPERF_LOADGEN_CXX17_H_

#if !(__cplusplus >= 201703L || (defined(_MSVC_LANG) && _MSVC_LANG >= 201703L))
#error "mlperf_loadgen needs C++17: compile with -std=c++17 or a later one"
#endif

#endif  // MLPERF_LOADGEN_CXX17_H_
