// A SUT that does not answer, with the default settings: what the user is told.

#include <string>
#include <vector>

#include "captured.h"
#include "check.h"
#include "rig.h"
#include "run/watchdog.h"

using namespace mlperf;
using fakes::kMs;
using fakes::kSecond;
using fakes::Samples;
using rig::Rig;
using run::SilenceRule;

namespace {

// Runs the test until `seconds` have passed; what was said, a line each.
std::vector<std::string> SaidWithin(Rig& rig, int64_t seconds) {
  rig.clock.SetTick(kMs);
  const int64_t end_ns = rig.clock.NowNs() + seconds * kSecond;
  rig.poll = [&rig, end_ns] {
    if (rig.clock.NowNs() >= end_ns) AbortTest();
  };
  return fakes::Lines(Captured([&] { rig.Run(); }));
}

}  // namespace

TEST(said_after_half_a_minute_and_at_growing_distances) {
  SilenceRule rule(kSecond);
  CHECK_EQ(rule.ToSay(30 * kSecond, {5, 0}), 0);
  CHECK_EQ(rule.ToSay(31 * kSecond, {5, 0}), 30 * kSecond);
  CHECK_EQ(rule.ToSay(60 * kSecond, {5, 0}), 0);
  CHECK_EQ(rule.ToSay(61 * kSecond, {5, 0}), 60 * kSecond);
  CHECK_EQ(rule.ToSay(120 * kSecond, {9, 0}), 0);
  CHECK_EQ(rule.ToSay(121 * kSecond, {9, 0}), 120 * kSecond);
}

TEST(a_completion_and_a_moment_with_nothing_out_begin_it_anew) {
  SilenceRule rule(0);
  CHECK_EQ(rule.ToSay(29 * kSecond, {5, 1}), 0);
  CHECK_EQ(rule.ToSay(58 * kSecond, {5, 1}), 0);
  CHECK_EQ(rule.ToSay(59 * kSecond, {5, 1}), 30 * kSecond);
  rule = SilenceRule(0);
  CHECK_EQ(rule.ToSay(90 * kSecond, {5, 5}), 0);
  CHECK_EQ(rule.ToSay(119 * kSecond, {6, 5}), 0);
  CHECK_EQ(rule.ToSay(120 * kSecond, {6, 5}), 30 * kSecond);
}

TEST(while_a_query_is_waited_for) {
  Rig rig(TestScenario::SingleStream);
  rig.sut.issue = [](const Samples&) {};
  const auto said = SaidWithin(rig, 250);
  CHECK_EQ(said.size(), 4u);
  CHECK_EQ(said.at(0),
           "mlperf_loadgen: no sample has been completed for 30 s; 1 is out of 1 issued. The test "
           "waits; the setting stall_timeout_ms ends a test that has to wait so.");
  CHECK(said.at(1).find("for 6") != std::string::npos);
  CHECK(said.at(2).find("for 12") != std::string::npos);
  CHECK(said.at(3).find("for 24") != std::string::npos);
}

TEST(while_the_last_ones_are_waited_for) {
  for (const TestScenario scenario : {TestScenario::Offline, TestScenario::Server}) {
    Rig rig(scenario);
    rig.settings.server_target_qps = 100;
    rig.sut.issue = [&](const Samples& samples) { Rig::Complete(samples[0].id); };
    rig.sut.flush = [] {};
    if (scenario == TestScenario::Server) rig.sut.issue = [](const Samples&) {};
    const auto said = SaidWithin(rig, 40);
    CHECK_EQ(said.size(), 1u);
    CHECK(said.at(0).find("no sample has been completed for 30 s") != std::string::npos);
  }
}

TEST(with_a_limit_its_name_is_said) {
  Rig rig(TestScenario::SingleStream);
  rig.settings.stall_timeout_ms = 3'600'000;
  rig.sut.issue = [](const Samples&) {};
  const auto said = SaidWithin(rig, 40);
  CHECK_EQ(said.size(), 1u);
  CHECK(said.at(0).find("After 3600000 ms the test is ended (stall_timeout_ms).") !=
        std::string::npos);
}

TEST(nothing_is_said_of_a_sut_that_answers) {
  Rig rig(TestScenario::SingleStream);
  rig.settings.min_query_count = 70;
  rig.clock.SetTick(kMs);
  rig.sut.issue = [&](const Samples& samples) { rig.Later(samples, 20 * kSecond); };
  CHECK_EQ(Captured([&] { rig.Run(); }), "");
}

// What FromConfig objects to is said by the test that runs with it all the same.
TEST(what_was_wrong_with_a_config_is_said_once) {
  Rig rig(TestScenario::SingleStream);
  CHECK(rig.settings.FromConfig("missing.conf", "m", "SingleStream") != 0);
  const std::string said = Captured([&] { rig.Run(); });
  const size_t first = said.find("missing.conf");
  CHECK(said.starts_with("mlperf_loadgen: "));
  CHECK(first != std::string::npos);
  CHECK_EQ(fakes::Lines(said).size(), 1u);
  for (SettingsNote& note : rig.settings.notes) note.said = true;  // by a caller, as Python does
  CHECK_EQ(Captured([&] { rig.Run(); }), "");
}
