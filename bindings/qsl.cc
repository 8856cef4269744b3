#include "qsl.h"

#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "callback.h"
#include "samples.h"

namespace mlperf::python {
namespace {

enum class Indices { kList, kArray };

class PythonQsl final : public QuerySampleLibrary {
 public:
  PythonQsl(std::string name, size_t total, size_t performance, py::object load_cb,
            py::object unload_cb, Indices form)
      : name_(std::move(name)),
        total_(total),
        performance_(performance),
        load_(std::move(load_cb), "load_cb"),
        unload_(std::move(unload_cb), "unload_cb"),
        form_(form) {}

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

}  // namespace

void RegisterQsl(py::module_& module) {
  using py::arg;
  py::class_<QslHandle>(module, "QslHandle", "A query sample library, until it is destroyed.");
  module.def(
      "ConstructQSL",
      [](size_t total, size_t performance, py::object load_cb, py::object unload_cb) {
        return QslHandle(std::make_shared<PythonQsl>(
            "PyQSL", total, performance, std::move(load_cb), std::move(unload_cb), Indices::kList));
      },
      arg("total_sample_count"), arg("performance_sample_count"), arg("load_cb"), arg("unload_cb"),
      "A library of `total_sample_count` samples, of which `performance_sample_count` fit in "
      "memory; load_cb and unload_cb get a list of indices.");
  module.def(
      "construct_array_qsl",
      [](std::string name, size_t total, size_t performance, py::object load_cb,
         py::object unload_cb) {
        return QslHandle(std::make_shared<PythonQsl>(std::move(name), total, performance,
                                                     std::move(load_cb), std::move(unload_cb),
                                                     Indices::kArray));
      },
      arg("name"), arg("total_sample_count"), arg("performance_sample_count"), arg("load_cb"),
      arg("unload_cb"), "As ConstructQSL; the callbacks get an int64 array.");
  // By reference: a pointer would let None through.
  module.def("DestroyQSL", [](QslHandle& qsl) { qsl.Destroy(); }, arg("qsl"), "Ends the handle.");
}

}  // namespace mlperf::python
