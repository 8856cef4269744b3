// What a fuzz target demands: REQUIRE(condition) ends the process, which the fuzzer takes for a
// find and a replay for a failure.

#ifndef MLPERF_LOADGEN_TESTS_FUZZ_REQUIRE_H_
#define MLPERF_LOADGEN_TESTS_FUZZ_REQUIRE_H_

#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace fuzz {

[[noreturn]] inline void Fail(const char* file, int line, const char* what,
                              std::string_view about) {
  std::fprintf(stderr, "%s:%d: not so: %s\n%.*s\n", file, line, what,
               static_cast<int>(about.size()), about.data());
  std::abort();
}

}  // namespace fuzz

// `about` is shown when the condition does not hold.
#define REQUIRE(condition, about) \
  ((condition) ? void() : fuzz::Fail(__FILE__, __LINE__, #condition, (about)))

#endif  // MLPERF_LOADGEN_TESTS_FUZZ_REQUIRE_H_
