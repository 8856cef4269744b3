// The table of settings, and the entries that are made from it.

#include "settings/table.h"

#include <limits>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "check.h"
#include "requested_keys.h"
#include "settings/log_entries.h"
#include "settings/names.h"

using mlperf::TestMode;
using mlperf::TestScenario;
using mlperf::TestSettings;

namespace settings = mlperf::settings;

namespace {

constexpr TestScenario kScenarios[] = {TestScenario::SingleStream, TestScenario::MultiStream,
                                       TestScenario::Server, TestScenario::Offline,
                                       TestScenario::MultiStreamFixedInterval};

std::vector<std::string> Keys(const mlperf::base::Entries& entries) {
  std::vector<std::string> keys;
  for (const auto& entry : entries) keys.push_back(entry.key);
  return keys;
}

std::string Value(const mlperf::base::Entries& entries, const std::string& key) {
  for (const auto& entry : entries) {
    if (entry.key == key) return entry.json;
  }
  return "absent";
}

}  // namespace

TEST(every_row_is_complete_and_names_its_own_member) {
  std::set<std::string_view> names;
  std::map<std::string_view, settings::Scenarios> requested_keys;
  for (const auto& row : settings::Table()) {
    CHECK(names.insert(row.name).second);
    CHECK(!row.doc.empty() && row.doc.find('\n') == std::string_view::npos);
    CHECK_EQ(row.name.data()[row.name.size()], '\0');
    CHECK_EQ(row.doc.data()[row.doc.size()], '\0');
    CHECK(row.scenarios != 0);
    if (!row.requested_key.empty()) {
      CHECK_EQ(requested_keys[row.requested_key] & row.scenarios, 0u);
      requested_keys[row.requested_key] |= row.scenarios;
    }
    for (const auto& other : settings::Table()) {
      CHECK(&row == &other || !(row.member == other.member));
    }
  }
  CHECK(names.size() >= 52);
}

TEST(rows_with_a_config_key_have_a_type_that_a_config_can_hold) {
  for (const auto& row : settings::Table()) {
    if (!row.config) continue;
    CHECK(!std::holds_alternative<int TestSettings::*>(row.member));
    CHECK(!std::holds_alternative<TestScenario TestSettings::*>(row.member));
    CHECK(!std::holds_alternative<std::string TestSettings::*>(row.member));
    if (std::holds_alternative<uint64_t TestSettings::*>(row.member)) {
      CHECK(row.config->factor >= 1);
      CHECK_EQ(row.config->factor, static_cast<double>(static_cast<uint64_t>(row.config->factor)));
    }
  }
}

TEST(a_row_stands_below_the_one_it_needs) {
  bool TestSettings::* const none = nullptr;
  std::set<std::string_view> seen;
  for (const auto& row : settings::Table()) {
    seen.insert(row.name);
    if (row.needs == none) continue;
    bool found = false;
    for (const auto& other : settings::Table()) {
      const auto* member = std::get_if<bool TestSettings::*>(&other.member);
      found |= member != nullptr && *member == row.needs && seen.count(other.name) != 0;
    }
    CHECK(found);
  }
}

TEST(requested_keys_of_each_scenario) {
  TestSettings s;
  for (TestScenario scenario : kScenarios) {
    s.scenario = scenario;
    // Only logs of rounds up to v1.1 keep this one.
    const bool fixed_interval = scenario == TestScenario::MultiStreamFixedInterval;
    const requested::Keys own = fixed_interval
                                    ? requested::Keys{"requested_multi_stream_target_latency_ns"}
                                    : requested::Keys{};
    CHECK_EQ(Keys(settings::RequestedEntries(s)), requested::All(scenario, own));
  }
}

TEST(token_limits_are_requested_only_with_token_latencies_and_not_in_offline) {
  for (const TestScenario scenario : kScenarios) {
    TestSettings s;
    s.scenario = scenario;
    s.server_ttft_latency = 7;
    CHECK_EQ(Value(settings::RequestedEntries(s), "requested_use_token_latencies"), "absent");
    CHECK_EQ(Value(settings::RequestedEntries(s), "requested_server_ttft_latency"), "absent");
    s.use_token_latencies = true;
    const bool offline = scenario == TestScenario::Offline;
    CHECK_EQ(Value(settings::RequestedEntries(s), "requested_use_token_latencies"), "true");
    CHECK_EQ(Value(settings::RequestedEntries(s), "requested_server_ttft_latency"),
             offline ? "absent" : "7");
    CHECK_EQ(Value(settings::RequestedEntries(s), "requested_server_tpot_latency"),
             offline ? "absent" : "100000000");
  }
}

TEST(the_drain_timeout_is_requested_only_when_set) {
  TestSettings s;
  CHECK_EQ(Value(settings::RequestedEntries(s), "requested_drain_timeout_ms"), "absent");
  s.drain_timeout_ms = 5000;
  CHECK_EQ(Value(settings::RequestedEntries(s), "requested_drain_timeout_ms"), "5000");
}

TEST(the_round_is_requested_only_when_it_is_not_the_default) {
  TestSettings s;
  CHECK_EQ(Value(settings::RequestedEntries(s), "requested_rules"), "absent");
  s.rules = "v1.0";
  CHECK_EQ(Value(settings::RequestedEntries(s), "requested_rules"), "\"v1.0\"");
}

TEST(values_are_spelled_as_json) {
  TestSettings s;
  s.scenario = TestScenario::Server;
  s.mode = TestMode::FindPeakPerformance;
  s.server_target_qps = 1234567;
  s.qsl_rng_seed = std::numeric_limits<uint64_t>::max();
  s.server_coalesce_queries = true;
  s.accuracy_log_probability = std::numeric_limits<double>::quiet_NaN();
  const auto entries = settings::RequestedEntries(s);
  CHECK_EQ(Value(entries, "requested_scenario"), "\"Server\"");
  CHECK_EQ(Value(entries, "requested_test_mode"), "\"FindPeakPerformance\"");
  CHECK_EQ(Value(entries, "requested_server_target_qps"), "1.23457e+06");
  CHECK_EQ(Value(entries, "requested_server_target_latency_percentile"), "0.99");
  CHECK_EQ(Value(entries, "requested_server_coalesce_queries"), "true");
  CHECK_EQ(Value(entries, "requested_server_find_peak_qps_decimals_of_precision"), "1");
  CHECK_EQ(Value(entries, "requested_qsl_rng_seed"), "18446744073709551615");
  CHECK_EQ(Value(entries, "requested_accuracy_log_probability"), "0");
}

TEST(notes_become_entries_with_their_severity) {
  TestSettings s;
  s.notes = {{true, "error_invalid_config", "a \"b\""}, {false, "warning_generic_message", "c"}};
  const auto entries = settings::NoteEntries(s);
  CHECK_EQ(entries.size(), size_t{2});
  CHECK_EQ(entries[0].json, "\"a \\\"b\\\"\"");
  CHECK(entries[0].severity == mlperf::base::Severity::kError);
  CHECK(entries[1].severity == mlperf::base::Severity::kWarning);
}

TEST(names_and_back) {
  for (const TestScenario scenario : kScenarios) {
    CHECK(settings::ScenarioFromName(settings::Name(scenario)) == scenario);
  }
  for (const TestMode mode : {TestMode::SubmissionRun, TestMode::AccuracyOnly,
                              TestMode::PerformanceOnly, TestMode::FindPeakPerformance}) {
    CHECK(settings::ModeFromName(settings::Name(mode)) == mode);
  }
  CHECK(!settings::ScenarioFromName("server"));
  CHECK(!settings::ModeFromName(""));
}

TEST(configs_have_latencies_in_ms_and_parts_in_percent) {
  for (const settings::Row& row : settings::Table()) {
    if (!row.config) continue;
    const std::string_view key = row.config->name;
    const bool is_latency = key.ends_with("_latency");
    const bool is_part = key.ends_with("_percentile") || key.ends_with("_probability");
    const double factor = is_latency ? 1e6 : is_part ? 0.01 : 1;
    CHECK_EQ(std::string(row.name) + " " + std::to_string(row.config->factor),
             std::string(row.name) + " " + std::to_string(factor));
  }
}

TEST(a_key_of_one_scenario_sets_what_counts_there) {
  for (const settings::Row& row : settings::Table()) {
    if (!row.config || !row.config->scenario) continue;
    CHECK((row.scenarios & settings::In(*row.config->scenario)) != 0);
    if (row.needs != nullptr) continue;  // limits of tokens are Server's, and logged elsewhere, too
    CHECK_EQ(row.scenarios, settings::In(*row.config->scenario));
  }
}
