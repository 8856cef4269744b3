// Config text: its grammar.

#include "settings/config.h"

#include <string>

#include "check.h"
#include "settings/configs.h"

using mlperf::TestSettings;
using mlperf::settings::Apply;
using mlperf::settings::ParseConfig;
using mlperf::settings::Source;
using namespace configs;

namespace {

constexpr uint64_t kMax = ~uint64_t{0};

uint64_t Integer(const std::string& value) {
  return ParseConfig("k = " + value).values.at("k").integer;
}

double Real(const std::string& value) { return ParseConfig("k = " + value).values.at("k").real; }

// Those that other tools know: without what is said behind them.
Strings Errors(const std::string& text) {
  Strings errors = ParseConfig(text).errors;
  for (std::string& error : errors) error.resize(error.find(": "));
  return errors;
}

const Strings kNotANumber = {"value needs to be integer or double, line=1"};
const Strings kNotAPair = {"expected 'key=value', line=1"};

}  // namespace

TEST(whole_numbers_are_read_like_c_literals) {
  CHECK_EQ(Integer("5"), uint64_t{5});
  CHECK_EQ(Integer("+5"), uint64_t{5});
  CHECK_EQ(Integer("0x10"), uint64_t{16});
  CHECK_EQ(Integer("010"), uint64_t{8});
  CHECK_EQ(Integer("08"), uint64_t{0});
  CHECK_EQ(Integer("-1"), kMax);
  CHECK_EQ(Integer("-0x10"), kMax - 15);
  CHECK_EQ(Integer("12.9"), uint64_t{12});
  CHECK_EQ(Integer("1e3"), uint64_t{1});
  CHECK_EQ(Integer(".5"), uint64_t{0});
  CHECK_EQ(Integer("18446744073709551615"), kMax);
  CHECK(!ParseConfig("k = 18446744073709551615").values.at("k").integer_overflows);
  CHECK(ParseConfig("k = 18446744073709551616").values.at("k").integer_overflows);
}

TEST(reals_are_read_in_full) {
  CHECK_EQ(Real("5"), 5.0);
  CHECK_EQ(Real("+.5"), 0.5);
  CHECK_EQ(Real("-1.5e3"), -1500.0);
  CHECK_EQ(Real("0x10"), 16.0);
  CHECK_EQ(Real("-0x1.8p1"), -3.0);
  CHECK_EQ(Real("010"), 10.0);
  CHECK_EQ(Real("99999999999999999999"), 1e20);
}

TEST(what_is_no_finite_number_is_an_error) {
  for (const char* value : {"x", "5f", "1_000", "0x", "0x-5", "0xinf", "-", "--5", "+-5", "1e",
                            "5;", "true", "inf", "-inf", "nan", "1e400", "# c", "#"}) {
    CHECK_EQ(Errors(std::string("k = ") + value), kNotANumber);
  }
  CHECK_EQ(Errors("k = 5 # c"), kNotANumber);
  CHECK_EQ(Errors("k = abc 5"), kNotANumber);
  CHECK_EQ(Errors(std::string("k = 5\0", 6)), kNotANumber);
  CHECK_EQ(Errors("k = " + std::string(100000, '9')), kNotANumber);
}

TEST(a_line_is_key_equals_value_at_white_space) {
  CHECK_EQ(Errors("k 5"), kNotAPair);
  CHECK_EQ(Errors("k =5"), kNotAPair);
  CHECK_EQ(Errors("k= 5"), kNotAPair);
  CHECK_EQ(Errors("k == 5"), kNotAPair);
  CHECK_EQ(Errors("#c d"), kNotAPair);
  CHECK_EQ(Integer("5 6"), uint64_t{6});
  CHECK_EQ(ParseConfig(" \t k \t=\v 7 \r\n").values.at("k").integer, uint64_t{7});
  CHECK_EQ(ParseConfig("k = 5\nk = 6").values.at("k").integer, uint64_t{6});
  CHECK_EQ(ParseConfig("\n\nk = 5").values.at("k").line, 3);
}

TEST(comments_and_keys_without_value_set_nothing) {
  for (const char* text : {"", "\n", " ", "# k = 5", "#", "# = x", "k", "k=5", "k =", "k # = 5"}) {
    CHECK(ParseConfig(text).values.empty());
    CHECK(ParseConfig(text).errors.empty());
  }
  CHECK_EQ(ParseConfig("#comment").warnings, Strings{});
  CHECK_EQ(ParseConfig("\nk=5").warnings,
           Strings{"'k=5' has no value and is ignored; the form is 'key = value', with spaces "
                   "around '=', line=2"});
}

TEST(a_malformed_line_is_quoted_with_what_is_wrong_in_it) {
  const auto why = [](const std::string& text) { return ParseConfig(text).errors.at(0); };
  const std::string number = "value needs to be integer or double, line=1: ";
  const std::string pair = "expected 'key=value', line=1: ";
  CHECK_EQ(why("*.Server.target_qps = 10 # as measured\r\n"),
           number +
               "'#' in '*.Server.target_qps = 10 # as measured' is not a number; a comment "
               "takes a line of its own");
  CHECK_EQ(why("*.Server.target_qps = 60 * 1000"),
           number +
               "'*' in '*.Server.target_qps = 60 * 1000' is not a number; the form is 'key = "
               "value', with one number");
  CHECK_EQ(why("*.Server.target_qps: 5"),
           pair +
               "'*.Server.target_qps: 5' is not of the form 'key = value', with spaces around "
               "'='");
  CHECK_EQ(why("*.Server.target_qps =5"),
           pair +
               "'*.Server.target_qps =5' is not of the form 'key = value', with spaces around "
               "'='");
}

TEST(a_byte_order_mark_is_skipped) {
  CHECK_EQ(ParseConfig("\xEF\xBB\xBFk = 5\r\n").values.at("k").real, 5.0);
  const std::string_view utf16("\xFF\xFEk\0 \0=\0", 8);
  CHECK_EQ(ParseConfig(utf16).errors,
           Strings{"expected 'key=value', line=1: the file is in UTF-16; save it as UTF-8"});
}

TEST(a_file_with_nothing_for_the_model_says_what_it_has) {
  const auto warnings = [](const std::string& text, const std::string& model) {
    return Texts(Applied(text, model, "Offline"), false);
  };
  CHECK_EQ(
      warnings("llama2-70b.Offline.target_qps = 5\nbert.Server.target_qps = 5\n",
               "llama2-70b-99.9"),
      Strings{"no line is for the model 'llama2-70b-99.9' in the scenario 'Offline'; the lines "
              "are for bert.Server, llama2-70b.Offline; the nearest model is 'llama2-70b'"});
  CHECK_EQ(warnings("*.Server.target_qps = 5\n*.Server.min_duration = 5\n", "bert"),
           Strings{"no line is for the model 'bert' in the scenario 'Offline'; the lines are for "
                   "*.Server"});
  CHECK_EQ(warnings("*.*.min_duration = 5\nresnet-50.Offline.target_qps = 5\n", "resnet50"),
           Strings{"no line names the model 'resnet50'; the nearest named is 'resnet-50'"});
  // Two models that there are.
  CHECK_EQ(warnings("*.*.min_duration = 5\nssd-mobilenet.Offline.target_qps = 5\n", "mobilenet"),
           Strings{});
  CHECK_EQ(warnings("mine.Offline.target_qps = 5\n", "mine"), Strings{});
  CHECK_EQ(warnings("# nothing\n", "mine"), Strings{});
}

TEST(a_model_whose_name_is_nearly_one_with_rules_draws_a_warning) {
  const auto warnings = [](const std::string& model) {
    TestSettings s;
    CHECK_EQ(s.FromConfig("", model, "Server", 0), 0);
    return Texts(s, false);
  };
  const auto unknown = [](const std::string& model, const std::string& nearest) {
    return Strings{"unknown model '" + model + "'; the nearest known is '" + nearest +
                   "', asked for in FromConfig"};
  };
  for (const char* model : {"resnet5O", "Resnet50", "resnet-50", "resnet50-99"}) {
    CHECK_EQ(warnings(model), unknown(model, "resnet50"));
  }
  CHECK_EQ(warnings("bert-99.9"), unknown("bert-99.9", "bert"));
  for (const char* model : {"*", "resnet50", "ssd-mobilenet", "3d-unet", "my own"}) {
    CHECK_EQ(warnings(model), Strings{});
  }
}

TEST(every_malformed_line_is_reported) {
  CHECK_EQ(
      Errors("k = 5\nk = x\nk = 6\nfoo bar"),
      (Strings{"value needs to be integer or double, line=2", "expected 'key=value', line=4"}));
}

TEST(any_bytes_are_survived) {
  uint32_t state = 1;
  for (int round = 0; round < 200; ++round) {
    std::string text;
    for (int i = 0; i < 300; ++i) {
      state = state * 1664525 + 1013904223;
      const char* alphabet = "k.* =#\n0x19-+.eE\t";
      text += (state >> 28) == 0 ? static_cast<char>(state >> 16) : alphabet[(state >> 16) % 17];
    }
    TestSettings s;
    const bool applied = Apply(text, "m", "Server", Source::kFile, s);
    CHECK_EQ(applied, ParseConfig(text).errors.empty());
  }
}
