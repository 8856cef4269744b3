// What the programs here share: a condition that ends the program, and a look at the log files.

#ifndef MLPERF_LOADGEN_TESTS_COMPAT_EXPECT_H_
#define MLPERF_LOADGEN_TESTS_COMPAT_EXPECT_H_

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#define EXPECT(condition)                                                          \
  do {                                                                             \
    if (!(condition)) {                                                            \
      std::fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition); \
      std::exit(1);                                                                \
    }                                                                              \
  } while (false)

// An empty folder of this name in the working directory.
inline std::string FreshFolder(const std::string& name) {
  std::filesystem::remove_all(name);
  std::filesystem::create_directories(name);
  return name;
}

inline std::string ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT(file.good());
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// One of "summary.txt", "detail.txt", "accuracy.json", "trace.json".
inline std::string ReadLog(const std::string& folder, const std::string& kind) {
  return ReadFile(folder + "/mlperf_log_" + kind);
}

inline bool Holds(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

// What the detail log's last line with this key says; "" when there is none.
inline std::string DetailValue(const std::string& folder, const std::string& key) {
  const std::string text = ReadLog(folder, "detail.txt");
  const std::string name = "\"key\": \"" + key + "\", \"value\": ";
  const size_t at = text.rfind(name);
  if (at == std::string::npos) return "";
  const size_t begin = at + name.size();
  return text.substr(begin, text.find(", \"time_ms\"", begin) - begin);
}

inline bool IsValid(const std::string& folder) {
  return Holds(ReadLog(folder, "summary.txt"), "Result is : VALID");
}

#endif  // MLPERF_LOADGEN_TESTS_COMPAT_EXPECT_H_
