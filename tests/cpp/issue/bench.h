// One series between a clock and a SUT that are told what to do.

#ifndef MLPERF_LOADGEN_TESTS_CPP_ISSUE_BENCH_H_
#define MLPERF_LOADGEN_TESTS_CPP_ISSUE_BENCH_H_

#include <memory>
#include <numeric>
#include <stdexcept>
#include <utility>
#include <vector>

#include "fakes.h"
#include "issue/issuer.h"

namespace bench {

using namespace mlperf;
using namespace mlperf::issue;
using Times = std::vector<int64_t>;

inline schedule::Plan MakePlan(uint64_t queries, uint64_t samples_per_query = 1,
                               Times arrivals = {}) {
  schedule::Plan plan;
  plan.query_count = queries;
  plan.samples_per_query = samples_per_query;
  std::vector<QuerySampleIndex> samples(queries * samples_per_query);
  std::iota(samples.begin(), samples.end(), QuerySampleIndex{1000});
  plan.samples = std::make_shared<const std::vector<QuerySampleIndex>>(std::move(samples));
  for (uint32_t q = 0; q < queries; ++q) {
    plan.first_position.push_back(q * static_cast<uint32_t>(samples_per_query));
  }
  plan.arrival_ns = std::move(arrivals);
  return plan;
}

inline EffectiveSettings Settings(TestScenario scenario) {
  EffectiveSettings settings;
  settings.scenario = scenario;
  settings.min_query_count = 1;
  return settings;
}

struct Bench {
  Bench(const EffectiveSettings& settings_, schedule::Plan plan,
        schedule::SeriesMode mode = schedule::SeriesMode::kPerformance, bool trace = false)
      : settings(settings_), series(std::move(plan), mode, 3, 0, false, trace), target(sut, 1) {
    sut.issue = [this](const fakes::Samples& samples) {
      calls.push_back(Now());
      sizes.push_back(samples.size());
      for (const QuerySample& sample : samples) indices.push_back(sample.index);
      respond(samples);
    };
    sut.flush = [this] {
      ++flushes;
      clock.RunAgenda();
    };
  }

  int64_t Now() { return series.SinceStart(clock.NowNs()); }

  void Complete(ResponseId id) {
    if (series.slots.Find(id).fault != track::Fault::kNone) throw std::logic_error("bad id");
    series.slots.Complete(track::PlaceOf(id), Now());
    series.completions.Add(1);
  }
  // `latency_ns` from now, during which the SUT keeps the issuing thread.
  void Block(const fakes::Samples& samples, int64_t latency_ns) {
    clock.Advance(latency_ns);
    for (const QuerySample& sample : samples) Complete(sample.id);
  }
  // Likewise, and lets the issuing thread go.
  void Later(const fakes::Samples& samples, int64_t latency_ns) {
    for (const QuerySample& sample : samples) {
      clock.At(clock.NowNs() + latency_ns, [this, id = sample.id] { Complete(id); });
    }
  }

  IssueEnd Run(int64_t patience_ns = 0) {
    return Issue(series, settings, target, clock, poll, {.give_up_ns = patience_ns});
  }

  track::Measurements Measure() {
    const bool closed_loop = settings.scenario == TestScenario::SingleStream ||
                             settings.scenario == TestScenario::MultiStream;
    return series.slots.Measure(series.QueriesIssued(), [&](uint64_t query) {
      return series.ScheduledAt(query, closed_loop);
    });
  }

  const EffectiveSettings settings;
  fakes::FakeClock clock;
  fakes::FakeSut sut;
  Series series;
  Target target;
  Poll poll;
  std::function<void(const fakes::Samples&)> respond;
  Times calls;  // when IssueQuery was called
  std::vector<size_t> sizes;
  std::vector<QuerySampleIndex> indices;
  int flushes = 0;
};

}  // namespace bench

#endif  // MLPERF_LOADGEN_TESTS_CPP_ISSUE_BENCH_H_
