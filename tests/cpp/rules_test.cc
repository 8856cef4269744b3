// The built-in rules of every round.

#include "settings/rules.h"

#include <algorithm>
#include <string>
#include <vector>

#include "check.h"
#include "errors.h"
#include "settings/check.h"
#include "test_settings.h"

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
        const bool old = std::string(seeds.round) < "v3";
        CHECK_EQ(s.test05_qsl_rng_seed, old ? 313588358309856706u : 7975553102935885558u);
        CHECK_EQ(s.test05_sample_index_rng_seed, old ? 471397156132239067u : 11403566307062068064u);
        CHECK_EQ(s.test05_schedule_rng_seed, old ? 413914573387865862u : 15816800565822761601u);
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
