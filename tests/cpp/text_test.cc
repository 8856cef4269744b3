#include "base/text.h"

#include <clocale>
#include <limits>

#include "check.h"

using namespace mlperf::base;

TEST(general_has_six_digits) {
  CHECK_EQ(General(17), "17");
  CHECK_EQ(General(0.99), "0.99");
  CHECK_EQ(General(1666.6666666), "1666.67");
  CHECK_EQ(General(1234567), "1.23457e+06");
  CHECK_EQ(General(3.130164e-8), "3.13016e-08");
  CHECK_EQ(General(-0.5), "-0.5");
  CHECK_EQ(General(0), "0");
}

TEST(fixed) {
  CHECK_EQ(Fixed(81.675, 1), "81.7");
  CHECK_EQ(Fixed(90, 1), "90.0");
  CHECK_EQ(Fixed(0.005, 2), "0.01");  // the double is a little above 0.005
  CHECK_EQ(Fixed(1e15, 2), "1000000000000000.00");
  CHECK_EQ(Fixed(std::numeric_limits<double>::max(), 6).size(), 309u + 7);
}

TEST(numbers_do_not_depend_on_the_locale) {
  // Wherever one is installed that writes a comma.
  for (const char* name : {"de_DE.UTF-8", "fr_FR.UTF-8"}) std::setlocale(LC_ALL, name);
  CHECK_EQ(General(1.5), "1.5");
  CHECK_EQ(Fixed(1.5, 2), "1.50");
  std::setlocale(LC_ALL, "C");
}

TEST(json_numbers_are_always_json) {
  CHECK_EQ(JsonNumber(std::numeric_limits<double>::infinity()), "0");
  CHECK_EQ(JsonNumber(-std::numeric_limits<double>::infinity()), "0");
  CHECK_EQ(JsonNumber(std::numeric_limits<double>::quiet_NaN()), "0");
  CHECK_EQ(JsonNumber(4.2e9), "4.2e+09");
  CHECK_EQ(JsonNumber(std::numeric_limits<uint64_t>::max()), "18446744073709551615");
  CHECK_EQ(JsonNumber(std::numeric_limits<int64_t>::min()), "-9223372036854775808");
  CHECK_EQ(JsonBool(true), "true");
  CHECK_EQ(JsonBool(false), "false");
}

TEST(json_strings_are_escaped) {
  CHECK_EQ(JsonString("plain"), "\"plain\"");
  CHECK_EQ(JsonString("a \"b\" \\ c"), R"("a \"b\" \\ c")");
  CHECK_EQ(JsonString("\b\f\n\r\t"), R"("\b\f\n\r\t")");
  CHECK_EQ(JsonString(std::string("\x00\x1f", 2)), R"("\u0000\u001F")");
  CHECK_EQ(JsonString("\x7f\xc3\xa9"), "\"\x7f\xc3\xa9\"");
}

TEST(json_list) {
  const mlperf::QuerySampleIndex values[] = {3, 1, 2};
  CHECK_EQ(JsonList(values, 3), "[3,1,2]");
  CHECK_EQ(JsonList(values, 1), "[3]");
  CHECK_EQ(JsonList(nullptr, 0), "[]");
}

TEST(one_line) {
  CHECK_EQ(OneLine("a\nb\n\nc"), "a b  c");
  CHECK_EQ(OneLine(""), "");
}
