#include "mlperf_loadgen/query_times.h"

#include <chrono>
#include <vector>

#include "check.h"
#include "rig.h"

using namespace mlperf;
using fakes::kMs;
using fakes::Samples;
using rig::Rig;

namespace {

int64_t Ns(PerfClock::time_point moment) {
  return std::chrono::nanoseconds(moment.time_since_epoch()).count();
}

}  // namespace

TEST(in_a_closed_loop_a_query_is_due_when_it_is_issued) {
  Rig rig(TestScenario::SingleStream);
  std::vector<ResponseId> ids;
  rig.sut.issue = [&](const Samples& samples) {
    const ResponseId id = samples[0].id;
    const int64_t issued_ns = rig.clock.NowNs();
    rig.clock.Advance(3 * kMs);
    const auto times = TimesOf(id);
    CHECK(times.has_value());
    CHECK_EQ(Ns(times->issued_time), issued_ns);
    CHECK_EQ(Ns(times->scheduled_time), issued_ns);
    CHECK(!TimesOf(id + 1).has_value());  // not issued yet
    if (!ids.empty()) CHECK(!TimesOf(ids.back()).has_value());
    Rig::Complete(id);
    CHECK(!TimesOf(id).has_value());
    ids.push_back(id);
  };
  rig.Run();
  CHECK(ids.size() >= 10);
  CHECK(!TimesOf(ids.back()).has_value());
  rig.sut.issue = [&](const Samples& samples) {
    CHECK(!TimesOf(ids.front()).has_value());  // of another test
    CHECK(!TimesOf(0).has_value());
    rig.Block(samples, kMs);
  };
  rig.Run();
}

// The SUT is slower than the queries come.
TEST(in_server_a_query_is_due_before_a_busy_sut_gets_it) {
  Rig rig(TestScenario::Server);
  rig.settings.server_target_qps = 1000;
  std::vector<int64_t> due_ns;
  rig.sut.issue = [&](const Samples& samples) {
    const auto times = TimesOf(samples[0].id);
    CHECK(times.has_value());
    CHECK_EQ(Ns(times->issued_time), rig.clock.NowNs());
    CHECK(times->scheduled_time <= times->issued_time);
    due_ns.push_back(Ns(times->scheduled_time));
    rig.Block(samples, 100 * kMs);
  };
  const Report report = rig.Run();
  CHECK(due_ns.size() >= 10);
  // Its latency counts from there: the last one has waited for all others.
  const int64_t waited_ns = rig.clock.NowNs() - due_ns.back();
  CHECK_EQ(report.latency_ns.max, waited_ns);
  for (size_t i = 1; i < due_ns.size(); ++i) CHECK(due_ns[i - 1] <= due_ns[i]);
}
