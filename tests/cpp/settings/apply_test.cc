// Config text laid onto settings.

#include "settings/apply.h"

#include <string>
#include <vector>

#include "check.h"
#include "mlperf_loadgen/test_settings.h"
#include "settings/configs.h"
#include "settings/suggest.h"
#include "settings/unknown_keys.h"

using mlperf::TestMode;
using mlperf::TestSettings;
using mlperf::settings::Apply;
using mlperf::settings::Source;
using namespace configs;

TEST(a_wildcard_for_the_scenario_beats_one_for_the_model) {
  const std::string any = "*.*.max_query_count = 4\n";
  const std::string model = "m.*.max_query_count = 3\n";
  const std::string scenario = "*.Server.max_query_count = 2\n";
  const std::string exact = "m.Server.max_query_count = 1\n";
  CHECK_EQ(Applied(exact + scenario + model + any).max_query_count, uint64_t{1});
  CHECK_EQ(Applied(any + model + scenario).max_query_count, uint64_t{2});
  CHECK_EQ(Applied(any + model).max_query_count, uint64_t{3});
  CHECK_EQ(Applied(any).max_query_count, uint64_t{4});
  CHECK_EQ(Applied(exact, "M").max_query_count, uint64_t{0});
  CHECK_EQ(Applied("a.b.Server.max_query_count = 5", "a.b").max_query_count, uint64_t{5});
}

TEST(units_and_literal_scenarios) {
  const TestSettings s = Applied(
      "*.SingleStream.target_latency = 2.5\n*.MultiStream.target_latency = 0.25\n"
      "*.Server.target_latency = 15\n*.Server.target_latency_percentile = 97\n"
      "*.MultiStream.samples_per_query = 3\n*.Server.target_qps = 12.5\n"
      "*.Offline.target_qps = 1e3\n*.*.min_duration = 60000\n*.*.drain_timeout = 250\n",
      "m", "Offline");
  CHECK_EQ(s.single_stream_expected_latency_ns, 2.5e6);
  CHECK_EQ(s.multi_stream_expected_latency_ns, 0.25e6);
  CHECK_EQ(s.server_target_latency_ns, uint64_t{15000000});
  CHECK_EQ(s.server_target_latency_percentile, 97 * 0.01);
  CHECK_EQ(s.multi_stream_samples_per_query, uint64_t{3});
  CHECK_EQ(s.server_target_qps, 12.5);
  CHECK_EQ(s.offline_expected_qps, 1000.0);
  CHECK_EQ(s.min_duration_ms, uint64_t{60000});
  CHECK_EQ(s.drain_timeout_ms, uint64_t{250});
}

// What a config calls MultiStream is the scenario with the fixed interval when that is asked for.
TEST(multi_stream_of_a_config_is_one_of_two) {
  const std::string text =
      "*.MultiStream.target_qps = 20\n*.MultiStream.target_latency_percentile = 99.5\n"
      "*.MultiStream.max_async_queries = 2\nm.MultiStream.samples_per_query = 3\n"
      "*.MultiStream.target_latency = 50\n*.MultiStream.min_query_count = 270336\n"
      "*.*.max_duration = 7\n";
  const TestSettings fixed = Applied(text, "m", "MultiStreamFixedInterval");
  CHECK_EQ(fixed.multi_stream_interval_target_qps, 20.0);
  CHECK_EQ(fixed.multi_stream_interval_target_latency_percentile, 99.5 * 0.01);
  CHECK_EQ(fixed.multi_stream_interval_max_async_queries, uint64_t{2});
  CHECK_EQ(fixed.multi_stream_interval_samples_per_query, uint64_t{3});
  CHECK_EQ(fixed.min_query_count, uint64_t{270336});
  CHECK_EQ(fixed.max_duration_ms, uint64_t{7});
  CHECK_EQ(fixed.multi_stream_samples_per_query, uint64_t{8});
  CHECK_EQ(fixed.multi_stream_expected_latency_ns, 8e6);
  CHECK_EQ(Texts(fixed, false), Strings{});

  const TestSettings today = Applied(text, "m", "MultiStream");
  CHECK_EQ(today.multi_stream_samples_per_query, uint64_t{3});
  CHECK_EQ(today.multi_stream_expected_latency_ns, 50e6);
  CHECK_EQ(today.min_query_count, uint64_t{270336});
  CHECK_EQ(today.multi_stream_interval_samples_per_query, uint64_t{4});
  CHECK_EQ(today.multi_stream_interval_target_qps, 10.0);
  CHECK_EQ(
      Texts(Applied("*.MultiStream.samples_per_query = 1.5", "m", "MultiStream"), false).size(),
      size_t{1});

  TestSettings asked;
  CHECK_EQ(asked.FromConfig("", "m", "MultiStreamFixedInterval", 0), 0);
  CHECK_EQ(Texts(asked, false), Strings{});
  CHECK_EQ(asked.multi_stream_interval_samples_per_query, uint64_t{8});
}

TEST(flags_differ_in_what_is_true) {
  CHECK(Applied("*.*.print_timestamps = 2").print_timestamps);
  CHECK(!Applied("*.*.print_timestamps = 0.5").print_timestamps);
  CHECK(Applied("*.*.coalesce_queries = 2").server_coalesce_queries);
  CHECK(!Applied("*.*.sample_concatenate_permutation = 2").sample_concatenate_permutation);
  CHECK(Applied("*.*.sample_concatenate_permutation = 1.5").sample_concatenate_permutation);
}

TEST(token_keys_are_read_only_once_tokens_are_on) {
  CHECK_EQ(Applied("*.Server.ttft_latency = 7").server_ttft_latency, uint64_t{100000000});
  CHECK_EQ(Applied("*.Server.ttft_latency = 7\n*.*.use_token_latencies = 1").server_ttft_latency,
           uint64_t{7000000});
  CHECK_EQ(Applied("*.*.token_latency_scaling_factor = 7").token_latency_scaling_factor,
           uint64_t{0});
  CHECK_EQ(Applied("*.*.token_latency_scaling_factor = 7\n*.*.infer_token_latencies = 1")
               .token_latency_scaling_factor,
           uint64_t{7});
}

TEST(mode_is_a_number_of_a_mode) {
  CHECK(Applied("*.*.mode = 1").mode == TestMode::AccuracyOnly);
  CHECK(Applied("*.*.mode = 3").mode == TestMode::FindPeakPerformance);
  const TestSettings s = Applied("*.*.mode = 4\n*.*.max_query_count = 9");
  CHECK(s.mode == TestMode::PerformanceOnly);
  CHECK_EQ(s.max_query_count, uint64_t{9});
  CHECK_EQ(Texts(s, true), Strings{"Invalid value passed to Mode key in config."});
}

TEST(only_the_rules_set_seeds) {
  const std::string text =
      "*.*.qsl_rng_seed = 5\n*.*.test05 = 1\n*.*.accuracy_log_probability = 50\n";
  const TestSettings user = Applied(text);
  CHECK_EQ(user.qsl_rng_seed, uint64_t{0});
  CHECK(!user.test05);
  CHECK_EQ(user.accuracy_log_probability, 0.0);
  CHECK_EQ(Texts(user, false),
           (Strings{"qsl_rng_seed can be set by the built-in rules only, ignored, line=1",
                    "accuracy_log_probability can be set by the built-in rules only, ignored, "
                    "line=3",
                    "test05 can be set by the built-in rules only, ignored, line=2"}));
  TestSettings rules;
  CHECK(Apply(text, "m", "Server", Source::kRules, rules));
  CHECK_EQ(rules.qsl_rng_seed, uint64_t{5});
  CHECK(rules.test05);
  CHECK_EQ(rules.accuracy_log_probability, 0.5);
}

TEST(what_is_set_is_found_by_line_and_key) {
  TestSettings s;
  std::vector<mlperf::settings::Origin> origins;
  const std::string text = "# mine\n*.*.min_query_count = 7\nm.Server.min_query_count = 8\n";
  CHECK(Apply(text + "*.*.qsl_rng_seed = 5\n", "m", "Server", Source::kFile, s, &origins));
  CHECK_EQ(origins.size(), size_t{1});  // a file sets no seeds
  CHECK_EQ(std::string(origins[0].setting), "min_query_count");
  CHECK_EQ(std::string(origins[0].file), "");
  CHECK_EQ(origins[0].line, 3);
  CHECK_EQ(origins[0].key, "m.Server.min_query_count");
  CHECK(!Apply("*.*.max_query_count = x", "m", "Server", Source::kFile, s, &origins));
  CHECK_EQ(origins.size(), size_t{1});
}

TEST(a_bad_line_or_a_value_too_large_keeps_everything_as_it_was) {
  for (const char* bad : {"x", "18446744073709551616"}) {
    TestSettings s;
    CHECK(!Apply(std::string("*.*.max_query_count = 9\n*.*.min_query_count = ") + bad, "m",
                 "Server", Source::kFile, s));
    CHECK_EQ(s.max_query_count, uint64_t{0});
    CHECK_EQ(Texts(s, true).size(), size_t{1});
  }
  TestSettings s;
  CHECK(!Apply("*.Server.target_latency = 18446744073710", "m", "Server", Source::kFile, s));
  CHECK_EQ(Texts(s, true),
           Strings{"value is out of range, line=1: target_latency = 18446744073710"});
  CHECK_EQ(s.server_target_latency_ns, uint64_t{100000000});
}

TEST(a_value_that_is_not_what_it_seems_draws_a_warning) {
  CHECK_EQ(Texts(Applied("*.*.min_query_count = 1e3"), false),
           Strings{"min_query_count takes a whole number: 1e3 is read as 1, line=1"});
  CHECK_EQ(Texts(Applied("*.*.min_query_count = 010"), false),
           Strings{"min_query_count takes a whole number: 010 is read as 8, line=1"});
  CHECK_EQ(Texts(Applied("*.*.min_query_count = 10.0"), false), Strings{});
  CHECK_EQ(Texts(Applied("*.Server.target_qps = 10.5"), false), Strings{});
}

TEST(unknown_names_draw_a_warning_with_the_nearest_known) {
  CHECK_EQ(Texts(Applied("\n*.Server.target_latncy = 5"), false),
           Strings{"unknown setting 'target_latncy'; the nearest known is 'target_latency', "
                   "ignored, line=2"});
  CHECK_EQ(Texts(Applied("*.Ofline.target_qps = 5"), false),
           Strings{"unknown scenario 'Ofline'; the nearest known is 'Offline', ignored, line=1"});
  CHECK_EQ(Texts(Applied("*.*.nothing = 5"), false),
           Strings{"unknown setting 'nothing', ignored, line=1"});
  CHECK_EQ(Texts(Applied("x.y = 5"), false),
           Strings{"'x.y' is not of the form model.scenario.name, ignored, line=1"});
  CHECK_EQ(Texts(Applied("#*.*.nothing = 5\n*.Server.target_duration = 0\n"
                         "*.*.test07_accuracy_threshold = 1\nother.*.min_duration = 3"),
                 false),
           Strings{});
}

TEST(the_nearest_word_is_near) {
  const std::vector<std::string_view> words = {"mode", "min_duration", "max_duration"};
  using mlperf::settings::Nearest;
  CHECK_EQ(Nearest("mode", words), "mode");
  CHECK_EQ(Nearest("min_durations", words), "min_duration");
  CHECK_EQ(Nearest("mn_duration", words), "min_duration");
  CHECK_EQ(Nearest("maxduration", words), "max_duration");
  CHECK_EQ(Nearest("mda", words), "mode");
  CHECK_EQ(Nearest("nothing", words), "");
  CHECK_EQ(Nearest("", words), "");
  CHECK_EQ(Nearest(std::string(1000000, 'm'), words), "");
}

TEST(the_built_in_rules_apply_by_model) {
  TestSettings s;
  CHECK_EQ(s.FromConfig("unused", "bert", "Offline", 0), 0);
  CHECK_EQ(s.qsl_rng_seed, uint64_t{2085463073848966840});
  CHECK_EQ(s.performance_sample_count_override, uint64_t{10833});
  CHECK_EQ(s.min_query_count, uint64_t{10833});
  CHECK_EQ(s.server_target_latency_ns, uint64_t{130000000});
  CHECK_EQ(s.single_stream_target_latency_percentile, 90 * 0.01);
  CHECK_EQ(s.min_duration_ms, uint64_t{600000});
  CHECK(s.notes.empty());
  TestSettings wan;
  CHECK_EQ(wan.FromConfig("", "wan-2.2-t2v-a14b", "SingleStream", 0), 0);
  CHECK_EQ(wan.performance_sample_count_override, uint64_t{248});
}

TEST(a_user_config_brings_the_rules_the_first_time) {
  const File file("user", "*.*.min_duration = 7\n*.*.qsl_rng_seed = 1\n");
  TestSettings s;
  CHECK_EQ(s.FromConfig(file.path(), "bert", "Server"), 0);
  CHECK_EQ(s.min_duration_ms, uint64_t{7});
  CHECK_EQ(s.qsl_rng_seed, uint64_t{2085463073848966840});
  CHECK_EQ(Texts(s, true), Strings{});

  s.qsl_rng_seed = 3;
  s.min_duration_ms = 8;
  CHECK_EQ(s.FromConfig(file.path(), "bert", "Server", 1), 0);
  CHECK_EQ(s.min_duration_ms, uint64_t{7});
  CHECK_EQ(s.qsl_rng_seed, uint64_t{3});
  CHECK_EQ(Texts(s, true),
           Strings{"Multiple conf files are used. This is not valid for official submission."});

  TestSettings other;
  CHECK_EQ(other.FromConfig(file.path(), "bert", "Server", 1), 0);
  CHECK_EQ(Texts(other, true), Strings{});
}

TEST(other_types_apply_the_file_alone) {
  const File file("audit_type", "*.*.min_duration = 7\n");
  TestSettings s;
  CHECK_EQ(s.FromConfig(file.path(), "bert", "Server", 2), 0);
  CHECK_EQ(s.min_duration_ms, uint64_t{7});
  CHECK_EQ(s.qsl_rng_seed, uint64_t{0});
  CHECK_EQ(s.user_configs_applied, 0);
}

TEST(return_codes_and_their_notes) {
  TestSettings s;
  CHECK_EQ(s.FromConfig("/nonexistent/user.conf", "bert", "Server"), -ENOENT);
  CHECK_EQ(s.qsl_rng_seed, uint64_t{2085463073848966840});  // the rules came first
  CHECK_EQ(Texts(s, true), Strings{"can't open file /nonexistent/user.conf"});
  CHECK_EQ(s.notes[0].key, "error_invalid_config");

  TestSettings other;
  CHECK_EQ(other.FromConfig(".", "bert", "Server", 2), -ENOENT);
  CHECK_EQ(other.FromConfig("/dev/zero", "bert", "Server", 2), -ENOENT);
  CHECK_EQ(other.FromConfig("", "bert", "Server", 3), -EINVAL);
  CHECK_EQ(other.FromConfig("", "bert", "Server", -1), -EINVAL);
  const std::string types =
      ": must be 0 (the built-in rules), 1 (a user.conf) or 2 (an audit.config)";
  CHECK_EQ(Texts(other, true), (Strings{"can't open file .: it is a folder, not a regular file",
                                        "can't open file /dev/zero: it is a device, not a regular "
                                        "file",
                                        "conf_type = 3" + types, "conf_type = -1" + types}));

  const File bad("bad", "\n*.*.min_duration = x\n");
  TestSettings t;
  CHECK_EQ(t.FromConfig(bad.path(), "m", "Server", 2), -EINVAL);
  CHECK_EQ(Texts(t, true),
           Strings{"value needs to be integer or double, line=2: 'x' in '*.*.min_duration = x' is "
                   "not a number; the form is 'key = value', with one number"});
}

TEST(an_unknown_scenario_draws_a_warning) {
  const File file("scenario", "*.*.min_duration = 7\n");
  TestSettings s;
  CHECK_EQ(s.FromConfig(file.path(), "m", "server", 2), 0);
  CHECK_EQ(Texts(s, false), Strings{"unknown scenario 'server'; the nearest known is 'Server', "
                                    "asked for in FromConfig"});
  TestSettings any;
  CHECK_EQ(any.FromConfig(file.path(), "m", "*", 2), 0);
  CHECK_EQ(Texts(any, false), Strings{});
}
