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
  CHECK_EQ(JsonString("\xc3\xa9"), "\"\xc3\xa9\"");
  CHECK_EQ(JsonString("\x7f\xc2\x85\xe2\x80\xa8\xe2\x80\xa9"), R"("\u007F\u0085\u2028\u2029")");
}

TEST(one_line) {
  CHECK_EQ(OneLine("a\nb\n\nc"), "a b  c");
  CHECK_EQ(OneLine(""), "");
  CHECK_EQ(OneLine("a\rb\tc"), "a b c");
}

// Every character that some reader takes for the end of a line, or a terminal for a command.
TEST(one_line_controls_nothing) {
  CHECK_EQ(OneLine("x\xc2\x85Result"), R"(x\x85Result)");
  CHECK_EQ(OneLine("\xe2\x80\xa8\xe2\x80\xa9"), R"(\u2028\u2029)");
  CHECK_EQ(OneLine("\v\f\x1c\x1d\x1e\x1b[2J\x7f\xc2\x9b"),
           R"(\x0b\x0c\x1c\x1d\x1e\x1b[2J\x7f\x9b)");
  CHECK_EQ(OneLine(std::string("\0", 1)), R"(\x00)");
  CHECK_EQ(OneLine("caf\xc3\xa9 \xc2\xa0 \xe2\x80\xa7\xe2\x80\xaa"),
           "caf\xc3\xa9 \xc2\xa0 \xe2\x80\xa7\xe2\x80\xaa");
  CHECK_EQ(OneLine("\xff"), "\xEF\xBF\xBD");
}

TEST(one_line_has_an_end) {
  const std::string most(kMostOfText, 'x');
  CHECK_EQ(OneLine(most), most);
  CHECK_EQ(OneLine(most + "y"), most + "... (cut: " + std::to_string(kMostOfText + 1) + " bytes)");
  const std::string within = std::string(kMostOfText - 1, 'x') + "\xc3\xa9";
  CHECK(OneLine(within).starts_with(std::string(kMostOfText - 1, 'x') + "... (cut"));
}

TEST(one_line_of_json) {
  CHECK_EQ(OneLineOfJson(JsonString("a \"b\" \\ c\nd")), R"(a "b" \ c d)");
  CHECK_EQ(OneLineOfJson(JsonString("\x1b[2J")), R"(\u001B[2J)");
  CHECK_EQ(OneLineOfJson("17"), "17");
  CHECK_EQ(OneLineOfJson("\""), "\"");
}

TEST(durations) {
  CHECK_EQ(Duration(0), "0.00 ns");
  CHECK_EQ(Duration(123), "123 ns");
  CHECK_EQ(Duration(1'234), "1.23 us");
  CHECK_EQ(Duration(12'340'000), "12.3 ms");
  CHECK_EQ(Duration(-2'000'000), "-2.00 ms");
  CHECK_EQ(Duration(61'250'000'000), "61.2 s");
}
