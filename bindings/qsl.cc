#include "qsl.h"

#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "arguments.h"
#include "callback.h"
#include "register.h"
#include "samples.h"
#include "typed.h"

namespace mlperf::python {
namespace {

enum class Indices { kList, kArray };

class PythonQsl final : public QuerySampleLibrary, public HoldsObjects {
 public:
  PythonQsl(std::string name, size_t total, size_t performance, py::object load_cb,
            py::object unload_cb, Indices form)
      : name_(std::move(name)),
        total_(total),
        performance_(performance),
        load_(std::move(load_cb), form == Indices::kList ? "load_cb" : "load"),
        unload_(std::move(unload_cb), form == Indices::kList ? "unload_cb" : "unload"),
        form_(form) {}

  int Visit(visitproc visit, void* arg) const override {
    Py_VISIT(load_.object());
    Py_VISIT(unload_.object());
    return 0;
  }

  const std::string& Name() override { return name_; }
  size_t TotalSampleCount() override { return total_; }
  size_t PerformanceSampleCount() override { return performance_; }
  void LoadSamplesToRam(const std::vector<QuerySampleIndex>& samples) override {
    Call(load_, samples);
  }
  void UnloadSamplesFromRam(const std::vector<QuerySampleIndex>& samples) override {
    Call(unload_, samples);
  }

 private:
  void Call(const Callback& callback, const std::vector<QuerySampleIndex>& samples) const {
    callback.Call([&] {
      if (form_ == Indices::kList) return std::make_tuple(py::object(py::cast(samples)));
      const auto copy = std::make_shared<const std::vector<QuerySampleIndex>>(samples);
      return std::make_tuple(py::object(IndexArray(copy->data(), copy->size(), copy)));
    });
  }

  const std::string name_;
  const size_t total_;
  const size_t performance_;
  const Callback load_;
  const Callback unload_;
  const Indices form_;
};

using Count = Typed<"SupportsIndex">;
using ListCallback = Typed<"Callable[[list[int]], object]">;
using ArrayCallback = Typed<"Callable[[npt.NDArray[np.int64]], object]">;

}  // namespace

void RegisterQsl(py::module_& module) {
  using py::arg;
  py::class_<QslHandle>(module, "QslHandle", "A query sample library, until it is destroyed.",
                        Collected<QuerySampleLibrary>());
  module.def(
      "ConstructQSL",
      [](const Count& total, const Count& performance, ListCallback load_cb,
         ListCallback unload_cb) {
        return QslHandle(
            std::make_shared<PythonQsl>("PyQSL", IntegerArgument(total, "total_sample_count"),
                                        IntegerArgument(performance, "performance_sample_count"),
                                        std::move(load_cb), std::move(unload_cb), Indices::kList));
      },
      arg("total_sample_count"), arg("performance_sample_count"), arg("load_cb"), arg("unload_cb"),
      "Make a library of which ``performance_sample_count`` samples fit in memory.");
  module.def(
      "construct_array_qsl",
      [](std::string name, const Count& total, const Count& performance, ArrayCallback load_cb,
         ArrayCallback unload_cb) {
        return QslHandle(std::make_shared<PythonQsl>(
            std::move(name), IntegerArgument(total, "total_sample_count"),
            IntegerArgument(performance, "performance_sample_count"), std::move(load_cb),
            std::move(unload_cb), Indices::kArray));
      },
      arg("name"), arg("total_sample_count"), arg("performance_sample_count"), arg("load_cb"),
      arg("unload_cb"), "As ConstructQSL; the callbacks get an int64 array.");
  module.def(
      "whole_number",
      [](const py::object& number, const std::string& name) {
        return IntegerArgument(number, name.c_str());
      },
      arg("number"), arg("name"), "``number`` as an int; raises where it is not whole.");
  // By reference: a pointer would let None through.
  module.def("DestroyQSL", [](QslHandle& qsl) { qsl.Destroy(); }, arg("qsl"), "End the handle.");
}

}  // namespace mlperf::python
