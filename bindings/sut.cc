#include "sut.h"

#include <algorithm>
#include <bit>
#include <memory>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "callback.h"
#include "many_objects.h"
#include "register.h"
#include "sample_list.h"
#include "samples.h"
#include "typed.h"

namespace mlperf::python {
namespace {

// All of them take spans, so that nothing is built between the plan and the Python objects.
class PythonSut : public ArraySystemUnderTest, public HoldsObjects {
 public:
  PythonSut(std::string name, py::object issue_cb, py::object flush_cb,
            py::object latencies_cb = py::none(), const char* issue_name = "issue_cb",
            const char* flush_name = "flush_cb")
      : name_(std::move(name)),
        issue_(std::move(issue_cb), issue_name),
        flush_(std::move(flush_cb), flush_name) {
    if (latencies_cb.is_none()) return;
    latencies_ = std::make_unique<const Callback>(std::move(latencies_cb), "latencies_cb");
  }

  int Visit(visitproc visit, void* arg) const override {
    Py_VISIT(issue_.object());
    Py_VISIT(flush_.object());
    if (latencies_ != nullptr) Py_VISIT(latencies_->object());
    return 0;
  }

  const std::string& Name() override { return name_; }

  void FlushQueries() override {
    flush_.Call([] { return std::make_tuple(); });
  }

  void ReportLatencyResults(const std::vector<QuerySampleLatency>& latencies_ns) override {
    if (latencies_ == nullptr) return;
    latencies_->Call([&] { return std::make_tuple(py::list(py::cast(latencies_ns))); });
  }

 protected:
  // Calls the SUT with what `make` makes of `samples`; see Callback::Call.
  template <typename MakeObjects>
  void Issue(const SampleSpan& samples, MakeObjects make) {
    if (samples.size < kManyObjects) return issue_.Call(make);
    const GilAcquire gil;
    const PrefaultedArenas arenas;  // also for the responses that the SUT makes
    issue_.Call(make);
  }

  std::string name_;
  const Callback issue_;

 private:
  const Callback flush_;
  std::unique_ptr<const Callback> latencies_;  // of the rounds until v1.1
};

void WarnOfOldName(const char* name) {
  const std::string text = std::string(name) + ": accepted for scripts of the rounds until v1.1";
  if (PyErr_WarnEx(PyExc_DeprecationWarning, text.c_str(), 1) != 0) throw py::error_already_set();
}

// `at(i)` returns a new reference, or null with an exception set.
py::list ListOf(size_t size, auto at) {
  py::list list = NewList(size);
  for (size_t i = 0; i < size; ++i) {
    PyObject* const item = at(i);
    if (item == nullptr) throw py::error_already_set();
    PyList_SET_ITEM(list.ptr(), static_cast<Py_ssize_t>(i), item);
  }
  return list;
}

py::list Ids(const SampleSpan& samples) {
  return ListOf(samples.size, [&](size_t i) { return PyLong_FromUnsignedLongLong(samples.id(i)); });
}

// A large query has most samples of the library many times: equal indices share an int.
py::list Indices(const SampleSpan& samples) {
  struct Known {
    QuerySampleIndex index = 0;
    PyObject* number = nullptr;  // the list's own
  };
  std::vector<Known> known(std::bit_ceil(std::min<size_t>(samples.size, 4096)));
  return ListOf(samples.size, [&](size_t i) {
    const QuerySampleIndex index = samples.indices[i];
    Known& same = known[index & (known.size() - 1)];
    if (same.number != nullptr && same.index == index) return Py_NewRef(same.number);
    same = {index, PyLong_FromUnsignedLongLong(index)};
    return same.number;
  });
}

// issue_cb(list of QuerySample)
class ObjectSut : public PythonSut {
 public:
  using PythonSut::PythonSut;

  void IssueSamples(const SampleSpan& samples) override {
    Issue(samples, [&] { return std::make_tuple(list_.Make(samples)); });
  }

  int Visit(visitproc visit, void* arg) const override {
    const int stop = list_.Visit(visit, arg);
    return stop != 0 ? stop : PythonSut::Visit(visit, arg);
  }

 private:
  SampleList list_;
};

// issue_cb(list of ids, list of indices)
class FastSut final : public PythonSut {
 public:
  using PythonSut::PythonSut;

  void IssueSamples(const SampleSpan& samples) override {
    Issue(samples, [&] { return std::make_tuple(Ids(samples), Indices(samples)); });
  }
};

// issue_cb(Samples); over_cb() when a test is over
class ArraySut final : public PythonSut {
 public:
  ArraySut(std::string name, py::object issue_cb, py::object flush_cb, py::object over_cb)
      : PythonSut(std::move(name), std::move(issue_cb), std::move(flush_cb), py::none(), "issue",
                  "flush"),
        over_(std::move(over_cb), "over") {}

  int Visit(visitproc visit, void* arg) const override {
    Py_VISIT(over_.object());
    return PythonSut::Visit(visit, arg);
  }

  void IssueSamples(const SampleSpan& samples) override {
    issue_.Call([&] { return std::make_tuple(NewSamples(samples)); });
  }

  void TestOver() noexcept override {
    const GilAcquire gil;
    try {
      over_.Call([] { return std::make_tuple(); });
    } catch (py::error_already_set& error) {
      error.discard_as_unraisable("mlperf_loadgen.SystemUnderTest.over");
    }
  }

 private:
  const Callback over_;
};

// A SUT behind a network, which is asked for its name.
class NetworkSut final : public ObjectSut {
 public:
  NetworkSut(py::object issue_cb, py::object flush_cb, py::object name_cb)
      : ObjectSut("", std::move(issue_cb), std::move(flush_cb)),
        name_cb_(std::move(name_cb), "name_cb") {}

  int Visit(visitproc visit, void* arg) const override {
    Py_VISIT(name_cb_.object());
    return ObjectSut::Visit(visit, arg);
  }

  const std::string& Name() override {
    name_ = name_cb_.CallFor([](const py::object& name) {
      if (!py::isinstance<py::str>(name)) {
        throw py::type_error(std::string("name_cb must return a str, not ") +
                             Py_TYPE(name.ptr())->tp_name);
      }
      // What UTF-8 cannot hold, half a surrogate pair, becomes "?".
      const auto bytes = py::reinterpret_steal<py::bytes>(
          PyUnicode_AsEncodedString(name.ptr(), "utf-8", "replace"));
      if (!bytes) throw py::error_already_set();
      return std::string(bytes);
    });
    return name_;
  }

 private:
  const Callback name_cb_;
};

using ObjectCallback = Typed<"Callable[[list[QuerySample]], object]">;
using ListCallback = Typed<"Callable[[list[int], list[int]], object]">;
using ArrayCallback = Typed<"Callable[[Samples], object]">;
using PlainCallback = Typed<"Callable[[], object]">;
using NameCallback = Typed<"Callable[[], str]">;
using LatenciesCallback = Typed<"Callable[[list[int]], object] | None">;

template <typename Sut, typename IssueCallback>
auto Construct(const char* name) {
  return [name](IssueCallback issue_cb, PlainCallback flush_cb, LatenciesCallback latencies_cb) {
    if (!latencies_cb.is_none()) WarnOfOldName("latencies_cb");
    return SutHandle(std::make_shared<Sut>(name, std::move(issue_cb), std::move(flush_cb),
                                           std::move(latencies_cb)));
  };
}

}  // namespace

void RegisterSut(py::module_& module) {
  using py::arg;
  py::class_<SutHandle>(module, "SutHandle", "A system under test, until it is destroyed.",
                        Collected<SystemUnderTest>());
  module.def("ConstructSUT", Construct<ObjectSut, ObjectCallback>("PySUT"), arg("issue_cb"),
             arg("flush_cb"), arg("latencies_cb") = py::none(),
             "Make a SUT of two callbacks; the list that issue_cb gets is its to keep.\n\n"
             "Scripts of the rounds until v1.1 have a third, which gets the latencies of a "
             "performance run, ns, in the order of issue.");
  module.def("ConstructFastSUT", Construct<FastSut, ListCallback>("PyFastSUT"), arg("issue_cb"),
             arg("flush_cb"), arg("latencies_cb") = py::none(),
             "Make a SUT of two callbacks: issue_cb(response ids, sample indices), flush_cb().\n\n"
             "latencies_cb: as for :func:`ConstructSUT`.");
  module.def(
      "ConstructQDL",
      [](ObjectCallback issue_cb, PlainCallback flush_cb, NameCallback name_cb) {
        return SutHandle(std::make_shared<NetworkSut>(std::move(issue_cb), std::move(flush_cb),
                                                      std::move(name_cb)));
      },
      arg("issue_cb"), arg("flush_cb"), arg("name_cb"),
      "Make a SUT behind a network: as ConstructSUT, and name_cb() asks for its name.");
  module.def(
      "construct_array_sut",
      [](std::string name, ArrayCallback issue_cb, PlainCallback flush_cb, PlainCallback over_cb) {
        return SutHandle(std::make_shared<ArraySut>(std::move(name), std::move(issue_cb),
                                                    std::move(flush_cb), std::move(over_cb)));
      },
      arg("name"), arg("issue_cb"), arg("flush_cb"), arg("over_cb"),
      "Make a SUT of issue_cb(Samples), flush_cb(), and over_cb() at the end of a test.");
  module.def(
      "check_callable",
      [](const py::object& callable, const std::string& name) {
        CheckCallable(callable, name.c_str());
      },
      arg("callable"), arg("name"), "Raise TypeError for what does nothing when it is called.");
  for (const char* destroy : {"DestroySUT", "DestroyFastSUT", "DestroyQDL"}) {
    // By reference: a pointer would let None through.
    module.def(destroy, [](SutHandle& sut) { sut.Destroy(); }, arg("sut"), "End the handle.");
  }
}

}  // namespace mlperf::python
