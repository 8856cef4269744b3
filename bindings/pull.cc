#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "arguments.h"
#include "exceptions.h"
#include "gil.h"
#include "mlperf_loadgen/sample_queue.h"
#include "register.h"
#include "samples.h"
#include "signal_watch.h"
#include "sut.h"
#include "typed.h"

namespace mlperf::python {
namespace {

using Queue = std::shared_ptr<SampleQueue>;
using Outcome = SampleQueue::Outcome;

// How long the main thread waits between two looks for Ctrl-C.
constexpr int64_t kSliceNs = 100'000'000;

// Throws ValueError for anything but a time.
int64_t Nanoseconds(double seconds, const char* what) {
  constexpr double kCentury = 3e9;
  if (seconds >= kCentury) return SampleQueue::kForEver;
  if (seconds >= 0) return static_cast<int64_t>(seconds * 1e9);
  throw py::value_error(std::string(what) + ": seconds, 0 or more, are needed");
}

// Waits without the GIL. A thread that waits long finds out whether it is the main thread: then it
// looks for signals now and then, else it sleeps until something happens.
Outcome Take(SampleQueue& queue, uint64_t test, SampleQueue::BatchRequest request,
             SampleBatch* batch) {
  bool sliced = true;
  for (int64_t left_ns = request.timeout_ns;;) {
    request.timeout_ns = sliced ? std::min(left_ns, kSliceNs) : left_ns;
    const Outcome outcome = [&] {
      const GilRelease release;
      return queue.Take(test, request, batch);
    }();
    if (outcome != Outcome::kTimedOut || request.timeout_ns == left_ns) return outcome;
    if (OrSleep([] { return PyErr_CheckSignals(); }) != 0) throw py::error_already_set();
    if (left_ns != SampleQueue::kForEver) left_ns -= request.timeout_ns;
    sliced = IsMainThread();
  }
}

// A share of the queue: nobody destroys it meanwhile.
Queue ShareOf(const py::object& self) {
  static_cast<void>(self.cast<SampleQueue&>());  // raises the right error where it is half made
  return self.cast<Queue>();
}

// A number of at least 1. Throws SettingsError with the name, the value and what is allowed.
uint64_t Count(const py::object& given, const char* name, uint64_t most) {
  uint64_t count = 0;
  if (!ReadInteger(given.ptr(), name, false, &count)) {
    if (PyErr_ExceptionMatches(PyExc_OverflowError) == 0) throw py::error_already_set();
    PyErr_Clear();
  }
  if (count >= 1 && count <= most) return count;
  throw SettingsError(std::string(name) + " must be from 1 to " + std::to_string(most) + ", not " +
                      std::string(py::repr(given)));
}

using Taken = Typed<"Samples | None">;

Taken TakeForPython(const py::object& self, const Typed<"SupportsIndex">& max_batch,
                    std::optional<double> timeout, std::optional<uint64_t> test,
                    const Typed<"SupportsIndex">& workers, double linger) {
  const Queue queue = ShareOf(self);
  SampleQueue::BatchRequest request{
      .max_batch = Count(max_batch, "max_batch", SampleQueue::kMostSamples),
      .workers = Count(workers, "workers", SampleQueue::kMostWorkers)};
  if (timeout) request.timeout_ns = Nanoseconds(*timeout, "timeout");
  request.linger_ns = Nanoseconds(linger, "linger");
  SampleBatch batch;
  const Outcome outcome = Take(*queue, test ? *test : queue->Test(), request, &batch);
  if (outcome == Outcome::kOver) return Taken(py::none());
  return NewSamples(std::move(batch));
}

}  // namespace

void RegisterSampleQueue(py::module_& module) {
  using py::arg;
  py::class_<SampleQueue, Queue>(
      module, "SampleQueue",
      "Queries wait here until worker threads take their samples: pull mode.")
      .def(py::init<std::string>(), arg("name") = "SampleQueue")
      .def_property_readonly("name", [](SampleQueue& queue) { return queue.Name(); })
      .def_property_readonly("test", &SampleQueue::Test,
                             "The number of the test that runs or, between tests, of the next one.")
      .def_property_readonly("closed", &SampleQueue::Closed, "Whether close() was called.")
      .def("take", &TakeForPython, arg("max_batch") = 1, arg("timeout") = py::none(),
           arg("test") = py::none(), arg("workers") = 1, arg("linger") = 0.0,
           "Wait for samples, without the GIL, and take up to ``max_batch`` of them. Any "
           "thread.\n\n"
           "A large query is cut, small ones that wait together are joined; a batch is never more "
           "than the share of one of ``workers`` in what waits. ``timeout``: after this many "
           "seconds without samples, Samples of length 0 are returned. ``linger``: for how many "
           "seconds samples may wait for the batch to become full, unless the queries end. "
           "Returns None once test number ``test`` is over (None: the one that ``self.test`` "
           "names), or the queue is closed.")
      .def(
          "fail",
          [](SampleQueue& queue, const Typed<"BaseException">& error) {
            const std::exception_ptr thrown = Thrown(error);
            const GilRelease release;
            queue.Fail(thrown);
          },
          arg("error"),
          "End the test that runs on this queue, for all workers at once.\n\n"
          "What started the test raises ``error``. Does nothing between tests. Any thread.")
      .def("close", &SampleQueue::Close, py::call_guard<GilRelease>(),
           "Send the workers home.\n\n"
           "When nothing waits any more, every take returns None, in later tests too. Any thread.")
      .def(
          "issue",
          [](SampleQueue& queue, const Typed<"Samples">& samples) { IssueTo(queue, samples); },
          arg("samples"),
          "For a SUT around the queue, whose issue, flush and over call these three.")
      .def("flush", &SampleQueue::FlushQueries, py::call_guard<GilRelease>())
      .def("over", &SampleQueue::TestOver, py::call_guard<GilRelease>())
      .def(
          "handle",
          [](const py::object& self) {
            const Queue queue = ShareOf(self);
            if (queue->Closed()) {
              throw StateError("SampleQueue '" + queue->Name() +
                               "' is closed: nobody would take its samples; make another one");
            }
            return SutHandle(queue);
          },
          "Make a handle for StartTest, which keeps the queue alive.\n\n"
          "Raises StateError when it is closed.");
}

}  // namespace mlperf::python
