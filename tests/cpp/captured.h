// What the process writes to standard error.

#ifndef MLPERF_LOADGEN_TESTS_CPP_CAPTURED_H_
#define MLPERF_LOADGEN_TESTS_CPP_CAPTURED_H_

#include <unistd.h>

#include <cstdio>
#include <functional>
#include <string>

// While `body` runs. For one thread at a time.
inline std::string Captured(const std::function<void()>& body) {
  std::FILE* const file = std::tmpfile();
  std::fflush(stderr);
  const int before = dup(STDERR_FILENO);
  dup2(fileno(file), STDERR_FILENO);
  body();
  std::fflush(stderr);
  dup2(before, STDERR_FILENO);
  close(before);
  std::rewind(file);
  std::string text;
  for (int byte = 0; (byte = std::fgetc(file)) != EOF;) text += static_cast<char>(byte);
  std::fclose(file);
  return text;
}

#endif  // MLPERF_LOADGEN_TESTS_CPP_CAPTURED_H_
