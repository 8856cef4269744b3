// Answers that come while no test is running, on threads where nobody catches.

#include "run/late.h"

#include <pthread.h>

#include <algorithm>
#include <string>
#include <thread>

#include "captured.h"
#include "check.h"
#include "mlperf_loadgen/c_api.h"
#include "rig.h"

using namespace mlperf;
using rig::Rig;

namespace {

int64_t Lines(const std::string& text) { return std::count(text.begin(), text.end(), '\n'); }

}  // namespace

// First: the count is of the process.
TEST(the_first_is_said_and_then_each_tenfold) {
  const auto late = [](uint64_t samples) { return Captured([&] { run::CountLate(samples, 77); }); };
  CHECK_EQ(late(0), "");
  const std::string first = late(1);
  CHECK(first.find("no test is running: 1 so far, the last with id 77.") != std::string::npos);
  CHECK_EQ(Lines(first), 1);
  CHECK_EQ(late(8), "");
  CHECK(late(1).find(": 10 so far") != std::string::npos);
  CHECK(late(1000).find(": 1010 so far") != std::string::npos);
  CHECK_EQ(late(9000), "");
}

TEST(every_call_returns) {
  Rig rig(TestScenario::SingleStream);
  ResponseId id = 0;
  rig.sut.issue = [&](const fakes::Samples& samples) {
    id = samples[0].id;
    rig.Block(samples, fakes::kMs);
  };
  rig.Run();
  for (const ResponseId which : {id, ResponseId{1}, ResponseId{0}}) {
    const std::string said = Captured([which] {
      std::thread([which] {
        QuerySampleResponse response(which, 0, 0);
        ResponseSpan span;
        span.size = 1;
        span.ids = &response.id;
        const auto never = [](QuerySampleResponse*) { CHECK(!"called"); };
        QuerySamplesComplete(&response, 1, never);
        FirstTokenComplete(&response, 1, never);
        CompleteSamples(span);
        CompleteFirstTokens(span);
        c::QuerySamplesComplete(&response, 1);
        c::FirstTokenComplete(&response, 1);
        const auto never_in_c = [](c::ClientData, QuerySampleResponse*) { CHECK(!"called"); };
        c::QuerySamplesCompleteResponseCb(&response, 1, never_in_c, 0);
        c::FirstTokenCompleteResponseCb(&response, 1, never_in_c, 0);
        c::QuerySamplesComplete(nullptr, 1);
        c::QuerySamplesCompleteResponseCb(&response, 1, nullptr, 0);
      }).join();
    });
    CHECK(Lines(said) <= 1);
  }
}

TEST(the_test_after_it_is_whole) {
  Rig rig(TestScenario::SingleStream);
  rig.settings.min_query_count = 70;
  const Report report = rig.Run();
  CHECK(report.valid);
  CHECK_EQ(report.error_count, 0u);
}

TEST(who_catches_is_told) {
  QuerySampleResponse response(1, 0, 0);
  CHECK_THROWS(checked::QuerySamplesComplete(&response, 1), StateError, "no test is running");
  CHECK_THROWS(checked::FirstTokenComplete(&response, 1), StateError, "no test is running");
  CHECK_THROWS(checked::CompleteSamples({}), StateError, "no test is running");
  CHECK_THROWS(checked::CompleteFirstTokens({}), StateError, "no test is running");
}

// The test gives up on an answer, which comes while its files are written, or after.
TEST(an_answer_that_the_test_gave_up_on) {
  Rig rig(TestScenario::SingleStream);
  rig.settings.drain_timeout_ms = 200;
  ResponseId id = 0;
  rig.clock.SetTick(fakes::kMs);
  rig.sut.issue = [&](const fakes::Samples& samples) { id = samples[0].id; };
  rig.Run();
  CHECK_THROWS(std::rethrow_exception(rig.failure), IncompleteError, "never completed");
  std::thread([&] { Rig::Complete(id); }).join();
}
