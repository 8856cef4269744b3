// What the Construct functions return and the Destroy functions take.

#ifndef MLPERF_LOADGEN_BINDINGS_HANDLE_H_
#define MLPERF_LOADGEN_BINDINGS_HANDLE_H_

#include <memory>
#include <utility>

#include "loadgen.h"

namespace mlperf::python {

// Owns an object until it is destroyed; a test that runs keeps its own share.
template <typename T>
class Handle {
 public:
  explicit Handle(std::shared_ptr<T> object) : object_(std::move(object)) {}

  // Throws StateError once it has been destroyed.
  std::shared_ptr<T> Get() const {
    if (object_ == nullptr) throw StateError("this handle has already been destroyed");
    return object_;
  }

  void Destroy() {
    Get();
    object_.reset();
  }

 private:
  std::shared_ptr<T> object_;
};

}  // namespace mlperf::python

#endif  // MLPERF_LOADGEN_BINDINGS_HANDLE_H_
