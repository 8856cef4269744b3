#include "pull.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "exceptions.h"
#include "gil.h"
#include "sample_queue.h"
#include "samples.h"
#include "signal_watch.h"
#include "sut.h"

namespace mlperf::python {
namespace {

using Queue = std::shared_ptr<SampleQueue>;
using Outcome = SampleQueue::Outcome;

// How long the main thread waits between two looks for Ctrl-C.
constexpr int64_t kSliceNs = 100'000'000;

// Throws ValueError for what is no time.
int64_t Nanoseconds(double seconds, const char* what) {
  constexpr double kCentury = 3e9;
  if (seconds >= kCentury) return SampleQueue::kForEver;
  if (seconds >= 0) return static_cast<int64_t>(seconds * 1e9);
  throw py::value_error(std::string(what) + ": seconds, 0 or more, are needed");
}

// Waits without the GIL. A thread that waits long finds out whether it is the main thread: then it
// looks for signals now and then, else it sleeps until something happens.
Outcome Take(SampleQueue& queue, uint64_t test, SampleQueue::Wish wish, SampleBatch* batch) {
  bool sliced = true;
  for (int64_t left_ns = wish.timeout_ns;;) {
    wish.timeout_ns = sliced ? std::min(left_ns, kSliceNs) : left_ns;
    const Outcome outcome = [&] {
      const GilRelease release;
      return queue.Take(test, wish, batch);
    }();
    if (outcome != Outcome::kTimedOut || wish.timeout_ns == left_ns) return outcome;
    if (OrSleep([] { return PyErr_CheckSignals(); }) != 0) throw py::error_already_set();
    if (left_ns != SampleQueue::kForEver) left_ns -= wish.timeout_ns;
    sliced = IsMainThread();
  }
}

// Takes a share of the queue: nobody destroys it meanwhile.
py::object TakeForPython(const Queue& self, size_t max_batch, std::optional<double> timeout,
                         std::optional<uint64_t> test, size_t workers, double linger) {
  const Queue queue = self;
  if (max_batch == 0) throw py::value_error("max_batch must be at least 1, not 0");
  if (workers == 0) throw py::value_error("workers must be at least 1, not 0");
  SampleQueue::Wish wish{.max_batch = max_batch, .workers = workers};
  if (timeout) wish.timeout_ns = Nanoseconds(*timeout, "timeout");
  wish.linger_ns = Nanoseconds(linger, "linger");
  SampleBatch batch;
  const Outcome outcome = Take(*queue, test ? *test : queue->Test(), wish, &batch);
  if (outcome == Outcome::kOver) return py::none();
  return NewSamples(std::move(batch));
}

}  // namespace

void RegisterSampleQueue(py::module_& module) {
  using py::arg;
  py::class_<SampleQueue, Queue>(module, "SampleQueue",
                                 "Queries wait here until worker threads take their samples.")
      .def(py::init<std::string>(), arg("name") = "SampleQueue")
      .def_property_readonly("name", [](SampleQueue& queue) { return queue.Name(); })
      .def_property_readonly("test", &SampleQueue::Test,
                             "The number of the test that runs, or of the next one.")
      .def_property_readonly("closed", &SampleQueue::Closed, "Whether close() was called.")
      .def("take", &TakeForPython, arg("max_batch") = 1, arg("timeout") = py::none(),
           arg("test") = py::none(), arg("workers") = 1, arg("linger") = 0.0,
           "Waits for samples and takes up to max_batch. None: the test is over, or the queue "
           "closed; no samples: timeout.")
      .def(
          "fail",
          [](SampleQueue& queue, const py::object& error) {
            std::exception_ptr thrown = Thrown(error);
            const GilRelease release;
            queue.Fail(std::move(thrown));
          },
          arg("error"), "Ends the test that runs on this queue; what started it raises `error`.")
      .def("close", &SampleQueue::Close, py::call_guard<GilRelease>(),
           "When nothing waits any more, every take returns None from now on.")
      .def(
          "issue", [](SampleQueue& queue, const py::object& samples) { IssueTo(queue, samples); },
          arg("samples"), "For a SUT around the queue: its issue, flush and over call these.")
      .def("flush", &SampleQueue::FlushQueries, py::call_guard<GilRelease>())
      .def("over", &SampleQueue::TestOver, py::call_guard<GilRelease>())
      .def(
          "handle", [](const Queue& queue) { return SutHandle(queue); },
          "For StartTest; it keeps the queue alive.");
}

}  // namespace mlperf::python
