// The built-in rules of every round.

#include "settings/rules.h"

#include <algorithm>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "check.h"
#include "fakes.h"
#include "mlperf_loadgen/errors.h"
#include "mlperf_loadgen/test_settings.h"
#include "settings/check.h"
#include "settings/names.h"
#include "settings/overrides.h"

using mlperf::TestSettings;

namespace {

constexpr const char* kScenarios[] = {"SingleStream", "MultiStream", "Server", "Offline"};

TestSettings Rules(const std::string& round, const std::string& model,
                   const std::string& scenario) {
  TestSettings s;
  s.rules = round;
  CHECK_EQ(s.FromConfig("", model, scenario, 0), 0);
  return s;
}

constexpr uint64_t Ms(uint64_t value) { return value * 1000000; }

struct Seeds {
  const char* round;
  uint64_t qsl;
  uint64_t sample_index;
  uint64_t schedule;
};

constexpr Seeds kSeeds[] = {
    {"v0.5", 3133965575612453542u, 665484352860916858u, 3622009729038561421u},
    {"v0.7", 12786827339337101903u, 12640797754436136668u, 3135815929913719677u},
    {"v1.0", 0x659ed94292334b96u, 0x15cd4f8401e23790u, 0x30acf03640c3fa56u},
    {"v1.1", 1624344308455410291u, 517984244576520566u, 10051496985653635065u},
    {"v2.0", 6655344265603136530u, 15863379492028895792u, 12662793979680847247u},
    {"v2.1", 14284205019438841327u, 4163916728725999944u, 299063814864929621u},
    {"v3.0", 10003631887983097364u, 17183018601990103738u, 12134888396634371638u},
    {"v3.1", 148687905518835231u, 520418551913322573u, 811580660758947900u},
    {"v4.0", 13281865557512327830u, 198141574272810017u, 7575108116881280410u},
    {"v4.1", 3066443479025735752u, 10688027786191513374u, 14962580496156340209u},
    {"v5.0", 6023615788873153749u, 15036839855038426416u, 9933818062894767841u},
    {"v5.1", 1780908523862526354u, 14771362308971278857u, 18209322760996052031u},
    {"v6.0", 2465351861681999779u, 14276810075590677512u, 3936089224930324775u},
    {"v6.1", 2085463073848966840u, 2747215439041700203u, 16159082839903944936u},
};

// The first row whose round is not before `round`.
constexpr Seeds kTest05Seeds[] = {
    {"v2.1", 313588358309856706u, 471397156132239067u, 413914573387865862u},
    {"v3.0", 14646058500348515648u, 1207248993894122914u, 11879132697760422006u},
    {"v3.1", 793197339507417767u, 255610748586851044u, 352213341366340113u},
    {"v4.0", 2376919268182438552u, 11176391829184272374u, 3911940905271271337u},
    {"v4.1", 16799458546791641818u, 5453809927556429288u, 5435552105434836064u},
    {"v6.1", 7975553102935885558u, 11403566307062068064u, 15816800565822761601u},
};

const Seeds& Test05Seeds(const std::string& round) {
  const Seeds* seeds = kTest05Seeds;
  while (round > seeds->round) ++seeds;
  return *seeds;
}

// A file that is gone when the test is over.
class ConfigFile {
 public:
  explicit ConfigFile(const std::string& text) : path_(folder_ / "some.conf") {
    std::ofstream(path_) << text;
  }
  const std::string& path() const { return path_; }

 private:
  const fakes::Folder folder_;
  const std::string path_;
};

std::string SeedLines(const Seeds& seeds) {
  return "*.*.qsl_rng_seed = " + std::to_string(seeds.qsl) +
         "\n*.*.sample_index_rng_seed = " + std::to_string(seeds.sample_index) +
         "\n*.*.schedule_rng_seed = " + std::to_string(seeds.schedule) + "\n";
}

bool Says(const TestSettings& settings, const std::string& text) {
  return std::any_of(
      settings.notes.begin(), settings.notes.end(),
      [&](const mlperf::SettingsNote& note) { return note.text.find(text) != std::string::npos; });
}

}  // namespace

TEST(seeds_of_every_round) {
  std::vector<std::string> rounds;
  for (const Seeds& seeds : kSeeds) {
    rounds.push_back(seeds.round);
    for (const char* scenario : kScenarios) {
      for (const char* model : {"resnet50", "*", "none"}) {
        const TestSettings s = Rules(seeds.round, model, scenario);
        CHECK_EQ(s.qsl_rng_seed, seeds.qsl);
        CHECK_EQ(s.sample_index_rng_seed, seeds.sample_index);
        CHECK_EQ(s.schedule_rng_seed, seeds.schedule);
        const Seeds& test05 = Test05Seeds(seeds.round);
        CHECK_EQ(s.test05_qsl_rng_seed, test05.qsl);
        CHECK_EQ(s.test05_sample_index_rng_seed, test05.sample_index);
        CHECK_EQ(s.test05_schedule_rng_seed, test05.schedule);
        CHECK(!s.test05);
        CHECK(s.notes.empty());  // no line is ignored
      }
    }
  }
  CHECK_EQ(mlperf::Rounds(), rounds);
}

TEST(the_last_round_is_the_default) {
  CHECK_EQ(TestSettings().rules, mlperf::Rounds().back());
  TestSettings s;
  CHECK_EQ(s.FromConfig("", "resnet50", "Server", 0), 0);
  CHECK_EQ(s.schedule_rng_seed, uint64_t{16159082839903944936u});
}

TEST(scenarios_until_v1_1) {
  for (const std::string round : {"v0.5", "v0.7", "v1.0", "v1.1"}) {
    const bool longer = round >= "v1.0";
    TestSettings s = Rules(round, "mobilenet", "SingleStream");
    CHECK_EQ(s.single_stream_target_latency_percentile, 90 * 0.01);
    CHECK_EQ(s.single_stream_expected_latency_ns, 10e6);
    CHECK_EQ(s.min_query_count, uint64_t{1024});
    CHECK_EQ(s.min_duration_ms, uint64_t{longer ? 600000u : 60000u});

    s = Rules(round, "mobilenet", "MultiStream");
    CHECK_EQ(s.multi_stream_target_latency_percentile, 99 * 0.01);
    CHECK_EQ(s.multi_stream_expected_latency_ns, 50e6);
    CHECK_EQ(s.multi_stream_samples_per_query, uint64_t{4});
    CHECK_EQ(s.min_query_count, uint64_t{270336});
    CHECK_EQ(s.min_duration_ms, uint64_t{longer ? 600000u : 60000u});

    s = Rules(round, "mobilenet", "Server");
    CHECK_EQ(s.server_target_latency_percentile, 99 * 0.01);
    CHECK_EQ(s.server_target_latency_ns, Ms(10));
    CHECK_EQ(s.server_target_qps, 1.0);
    CHECK_EQ(s.server_max_async_queries, uint64_t{0});  // MultiStream's is not Server's
    CHECK_EQ(s.min_query_count, uint64_t{270336});
    CHECK_EQ(s.min_duration_ms, uint64_t{longer ? 600000u : 60000u});

    s = Rules(round, "mobilenet", "Offline");
    CHECK_EQ(s.offline_expected_qps, 1.0);
    CHECK_EQ(s.min_query_count, uint64_t{round == "v0.5" ? 1u : 24576u});
    CHECK_EQ(s.min_duration_ms, uint64_t{longer ? 600000u : 60000u});
    CHECK(!s.sample_concatenate_permutation);
  }
}

TEST(models_until_v1_1) {
  struct Model {
    const char* name;
    bool in_v0_5;
    uint64_t samples;
    uint64_t server_latency_ms;
  };
  const Model models[] = {
      {"mobilenet", true, 1024, 10},    {"resnet50", true, 1024, 15},
      {"ssd-mobilenet", true, 256, 10}, {"ssd-resnet34", true, 64, 100},
      {"gnmt", true, 3903900, 250},     {"bert", false, 10833, 130},
      {"dlrm", false, 204800, 30},      {"rnnt", false, 2513, 1000},
      {"3d-unet", false, 16, 10},
  };
  for (const std::string round : {"v0.5", "v0.7", "v1.0", "v1.1"}) {
    for (const Model& model : models) {
      const bool known = model.in_v0_5 || round != "v0.5";
      const bool gnmt = model.name == std::string("gnmt");
      const bool ssd_resnet34 = model.name == std::string("ssd-resnet34");
      for (const char* scenario : kScenarios) {
        const TestSettings s = Rules(round, model.name, scenario);
        CHECK_EQ(s.performance_sample_count_override, known ? model.samples : 0);
        CHECK_EQ(s.server_target_latency_ns, Ms(known ? model.server_latency_ms : 10));
        CHECK_EQ(s.server_target_latency_percentile, (gnmt ? 97 : 99) * 0.01);
        CHECK_EQ(s.multi_stream_target_latency_percentile, (gnmt ? 97 : 99) * 0.01);
        CHECK_EQ(s.multi_stream_expected_latency_ns, gnmt ? 100e6 : ssd_resnet34 ? 66e6 : 50e6);
      }
      CHECK_EQ(Rules(round, model.name, "Server").min_query_count,
               uint64_t{gnmt ? 90112u : 270336u});
      CHECK_EQ(Rules(round, model.name, "MultiStream").min_query_count,
               uint64_t{gnmt ? 90112u : 270336u});
    }
  }
}

TEST(from_v2_0_on_all_but_the_seeds_is_as_in_v6_1) {
  for (const Seeds& seeds : kSeeds) {
    if (std::string(seeds.round) < "v2") continue;
    const TestSettings server = Rules(seeds.round, "llama2-70b", "Server");
    CHECK(server.use_token_latencies);
    CHECK_EQ(server.server_ttft_latency, Ms(2000));
    CHECK_EQ(server.performance_sample_count_override, uint64_t{24576});
    const TestSettings multi_stream = Rules(seeds.round, "resnet50", "MultiStream");
    CHECK_EQ(multi_stream.min_query_count, uint64_t{662});
    CHECK_EQ(multi_stream.multi_stream_samples_per_query, uint64_t{8});
    CHECK_EQ(multi_stream.min_duration_ms, uint64_t{600000});
  }
}

TEST(a_round_that_does_not_exist) {
  const std::string names =
      "must be one of v0.5, v0.7, v1.0, v1.1, v2.0, v2.1, v3.0, v3.1, v4.0, "
      "v4.1, v5.0, v5.1, v6.0, v6.1";
  TestSettings s;
  s.rules = "V1.0";
  CHECK_THROWS(s.FromConfig("", "resnet50", "Server", 0), mlperf::SettingsError,
               "rules = V1.0: " + names);
  CHECK_THROWS(s.FromConfig("/nonexistent", "resnet50", "Server"), mlperf::SettingsError, names);
  CHECK_EQ(s.user_configs_applied, 0);
  CHECK_EQ(s.qsl_rng_seed, uint64_t{0});
  CHECK_THROWS(mlperf::settings::Check(s, 10, 10), mlperf::SettingsError, "rules = V1.0: " + names);
  s.rules = "v1.0";
  mlperf::settings::Check(s, 10, 10);
}

TEST(the_round_holds_below_a_user_config) {
  TestSettings s;
  s.rules = "v0.7";
  s.FromConfig("/nonexistent/user.conf", "bert", "Offline");
  CHECK_EQ(s.qsl_rng_seed, uint64_t{12786827339337101903u});
  CHECK_EQ(s.min_query_count, uint64_t{24576});
  CHECK_EQ(s.user_configs_applied, 1);
}

TEST(a_file_of_rules_is_recognised_by_its_seeds) {
  const ConfigFile user("*.Server.target_latency = 44\n");
  for (const Seeds& seeds : kSeeds) {
    const ConfigFile rules(SeedLines(seeds) + "*.Server.target_latency = 33\n");
    TestSettings s;
    CHECK_EQ(s.FromConfig(rules.path(), "resnet50", "Server"), 0);
    CHECK_EQ(s.rules, seeds.round);
    CHECK_EQ(s.qsl_rng_seed, seeds.qsl);
    CHECK_EQ(s.sample_index_rng_seed, seeds.sample_index);
    CHECK_EQ(s.schedule_rng_seed, seeds.schedule);
    CHECK_EQ(s.server_target_latency_ns, Ms(33));
    CHECK_EQ(s.min_duration_ms, uint64_t{std::string(seeds.round) < "v1" ? 60000u : 600000u});
    const bool is_default = seeds.round == TestSettings().rules;
    CHECK_EQ(s.notes.size(), size_t{is_default ? 0u : 1u});
    CHECK_EQ(
        Says(s, "its seeds are those of round " + std::string(seeds.round) + ", whose rules apply"),
        !is_default);

    // Until v4.1 that was how it was done.
    s.notes.clear();
    CHECK_EQ(s.FromConfig(user.path(), "resnet50", "Server"), 0);
    CHECK_EQ(s.server_target_latency_ns, Ms(44));
    CHECK_EQ(s.qsl_rng_seed, seeds.qsl);
    CHECK_EQ(Says(s, "Multiple conf files are used"), std::string(seeds.round) >= "v5");
  }
}

TEST(a_file_of_no_known_round) {
  const ConfigFile unknown(SeedLines({"", 1, 2, 3}));
  TestSettings s;
  s.FromConfig(unknown.path(), "resnet50", "Server");
  CHECK_EQ(s.rules, "v6.1");
  CHECK_EQ(s.qsl_rng_seed, kSeeds[13].qsl);
  CHECK(Says(s, "its seeds are of no known round (v0.5, "));

  TestSettings old;
  old.rules = "v1.0";
  old.FromConfig(unknown.path(), "resnet50", "Server");
  CHECK_EQ(old.rules, "v1.0");
  CHECK_EQ(old.qsl_rng_seed, uint64_t{1});
  CHECK(Says(old, "the rules of v1.0 apply below it"));
}

TEST(a_round_that_was_asked_for_stays) {
  const ConfigFile other(SeedLines(kSeeds[1]));
  TestSettings s;
  s.rules = "v1.0";
  s.FromConfig(other.path(), "resnet50", "Server");
  CHECK_EQ(s.rules, "v1.0");
  CHECK_EQ(s.qsl_rng_seed, kSeeds[1].qsl);
  CHECK_EQ(s.min_duration_ms, uint64_t{600000});
  CHECK(Says(s, "those of round v0.7; the rules of v1.0 apply below it"));
}

// TEST05 until v2.1 gives the seeds, until v4.1 the flag.
TEST(the_seeds_of_test05_apply_in_its_rounds) {
  using mlperf::settings::ApplyOverrides;
  for (const Seeds& seeds : kSeeds) {
    const std::string round = seeds.round;
    const bool known = round < "v5";
    const Seeds& test05 = Test05Seeds(round);
    for (const std::string& audit :
         {"*.*.mode = 2\n" + SeedLines(test05), std::string("*.*.mode = 2\n*.*.test05 = 1\n")}) {
      mlperf::base::Entries entries;
      std::string audited;
      const TestSettings s = ApplyOverrides(Rules(round, "resnet50", "Server"),
                                            ConfigFile(audit).path(), &entries, &audited);
      CHECK_EQ(s.qsl_rng_seed, known ? test05.qsl : seeds.qsl);
      CHECK_EQ(s.sample_index_rng_seed, known ? test05.sample_index : seeds.sample_index);
      CHECK_EQ(s.schedule_rng_seed, known ? test05.schedule : seeds.schedule);
      const bool warned = std::any_of(entries.begin(), entries.end(), [](const auto& entry) {
        return entry.json.find("can be set by the built-in rules only") != std::string::npos;
      });
      CHECK_EQ(warned, !known);
    }
  }
}

TEST(what_the_rules_set_is_found_in_their_files) {
  TestSettings s;
  std::vector<mlperf::settings::Origin> origins;
  mlperf::settings::ApplyRules("resnet50", "Server", s, &origins);
  const auto found = [&](std::string_view setting) {
    const auto origin = std::find_if(origins.rbegin(), origins.rend(),
                                     [&](const auto& each) { return each.setting == setting; });
    CHECK(origin != origins.rend());
    CHECK(origin->line > 0);
    return std::string(origin->file) + ": " + origin->key;
  };
  CHECK_EQ(found("server_target_latency_ns"), "v6.1.conf: resnet50.Server.target_latency");
  CHECK_EQ(found("min_duration_ms"), "v6.1.conf: *.Server.min_duration");
  CHECK_EQ(found("qsl_rng_seed"), "seeds.conf: v6.1.*.qsl_rng_seed");
}

TEST(multi_stream_is_that_of_the_round) {
  for (const Seeds& seeds : kSeeds) {
    const bool old = std::string(seeds.round) < "v2";
    TestSettings s = Rules(seeds.round, "ssd-resnet34", "MultiStream");
    s.scenario = mlperf::TestScenario::MultiStream;
    s.multi_stream_samples_per_query = 17;
    s = mlperf::settings::WithScenarioOfRound(s);
    CHECK_EQ(s.scenario == mlperf::TestScenario::MultiStreamFixedInterval, old);
    if (!old) continue;
    CHECK_EQ(s.multi_stream_interval_samples_per_query, uint64_t{17});
    CHECK_EQ(s.multi_stream_target_qps, 15.0);
    CHECK_EQ(s.multi_stream_max_async_queries, uint64_t{1});
    CHECK_EQ(s.multi_stream_target_latency_ns, Ms(66));
  }
  TestSettings free;
  free.scenario = mlperf::settings::kMultiStreamFree;
  CHECK_THROWS(mlperf::settings::WithScenarioOfRound(free), mlperf::SettingsError,
               "scenario = MultiStreamFree: gone since round v2.0");
}
