// A test program in one header: TEST(name) { CHECK(condition); CHECK_EQ(actual, expected); }
//
// Each tests/cpp/<folder>/<name>_test.cc is one program and one ctest entry. Arguments select tests
// by name.

#ifndef MLPERF_LOADGEN_TESTS_CPP_CHECK_H_
#define MLPERF_LOADGEN_TESTS_CPP_CHECK_H_

#include <cstdio>
#include <cstring>
#include <exception>
#include <iostream>
#include <sstream>
#include <string>
#include <type_traits>
#include <vector>

namespace check {

struct Test {
  const char* name;
  void (*body)();
};

inline std::vector<Test>& Tests() {
  static std::vector<Test> tests;
  return tests;
}

inline int failures = 0;

struct Register {
  Register(const char* name, void (*body)()) { Tests().push_back({name, body}); }
};

inline void Fail(const char* file, int line, const std::string& what) {
  ++failures;
  std::fprintf(stderr, "%s:%d: %s\n", file, line, what.c_str());
}

template <typename T>
std::string Show(const T& value) {
  std::ostringstream out;
  if constexpr (requires { out << value; }) {
    out.precision(17);
    out << value;
  } else if constexpr (std::is_enum_v<T>) {
    out << static_cast<long long>(value);
  } else if constexpr (requires { value.begin(); }) {
    out << '{';
    const char* separator = "";
    for (const auto& element : value) {
      out << separator << Show(element);
      separator = ", ";
    }
    out << '}';
  } else {
    out << "(a value)";
  }
  return out.str();
}

template <typename A, typename B>
void Equal(const char* file, int line, const char* text, const A& actual, const B& expected) {
  if (!(actual == expected)) {
    Fail(file, line,
         std::string(text) + "\n  actual:   " + Show(actual) + "\n  expected: " + Show(expected));
  }
}

}  // namespace check

#define TEST(name)                                                  \
  static void test_##name();                                        \
  static const check::Register register_##name(#name, test_##name); \
  static void test_##name()

#define CHECK(condition) \
  ((condition) ? void() : check::Fail(__FILE__, __LINE__, "CHECK(" #condition ")"))

#define CHECK_EQ(actual, expected) \
  check::Equal(__FILE__, __LINE__, #actual " == " #expected, (actual), (expected))

// The statement throws an `exception`; its text holds `part`.
#define CHECK_THROWS(statement, exception, part)                                   \
  do {                                                                             \
    try {                                                                          \
      statement;                                                                   \
      check::Fail(__FILE__, __LINE__, #statement " did not throw");                \
    } catch (const exception& error) {                                             \
      if (std::string(error.what()).find(part) == std::string::npos) {             \
        check::Fail(__FILE__, __LINE__,                                            \
                    std::string("text lacks '") + (part) + "':\n" + error.what()); \
      }                                                                            \
    }                                                                              \
  } while (false)

int main(int argc, char** argv) {
  int run = 0;
  for (const auto& test : check::Tests()) {
    bool selected = argc < 2;
    for (int i = 1; i < argc; ++i) selected |= std::strcmp(argv[i], test.name) == 0;
    if (!selected) continue;
    ++run;
    const int before = check::failures;
    try {
      test.body();
    } catch (const std::exception& error) {
      check::Fail(test.name, 0, std::string("threw: ") + error.what());
    }
    std::printf("%s %s\n", check::failures == before ? "ok    " : "FAILED", test.name);
  }
  std::printf("%d tests, %d failed checks\n", run, check::failures);
  return run == 0 || check::failures != 0;
}

#endif  // MLPERF_LOADGEN_TESTS_CPP_CHECK_H_
