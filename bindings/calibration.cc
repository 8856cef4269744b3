#include <chrono>
#include <memory>
#include <string>

#include "gil.h"
#include "mlperf_loadgen/loadgen.h"
#include "register.h"
#include "sut.h"

namespace mlperf::python {
namespace {

// Completes every query in its issue call, and runs no Python.
class NullSut final : public ArraySystemUnderTest {
 public:
  const std::string& Name() override { return name_; }

  void IssueSamples(const SampleSpan& samples) override {
    ResponseSpan responses;
    responses.size = samples.size;
    responses.first_id = samples.first_id;
    responses.id_stride = samples.id_stride;
    CompleteSamples(responses);
  }

  void FlushQueries() override {}

 private:
  const std::string name_ = "null";
};

// Mean time of a read of the clock that latencies are measured with, in ns.
double ClockReadNs() {
  using Clock = std::chrono::steady_clock;
  constexpr int kReads = 100'000;
  const Clock::time_point begin = Clock::now();
  Clock::time_point end = begin;
  for (int i = 0; i < kReads; ++i) end = Clock::now();
  return std::chrono::duration<double, std::nano>(end - begin).count() / kReads;
}

}  // namespace

void RegisterCalibration(py::module_& module) {
  module.def(
      "construct_null_sut", [] { return SutHandle(std::make_shared<NullSut>()); },
      "Make a SUT that completes every query at once, without Python.");
  module.def("clock_read_ns", &ClockReadNs, py::call_guard<GilRelease>(),
             "Mean time of a read of the clock that latencies are measured with.");
}

}  // namespace mlperf::python
