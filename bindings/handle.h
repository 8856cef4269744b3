// What the Construct functions return and the Destroy functions take.

#ifndef MLPERF_LOADGEN_BINDINGS_HANDLE_H_
#define MLPERF_LOADGEN_BINDINGS_HANDLE_H_

#include <memory>
#include <mutex>
#include <utility>

#include "loadgen.h"

namespace mlperf::python {

// Owns an object until it is destroyed; a test that runs keeps its own share. Any thread.
template <typename T>
class Handle {
 public:
  explicit Handle(std::shared_ptr<T> object) : object_(std::move(object)) {}
  Handle(Handle&& other) noexcept : object_(std::move(other.object_)) {}
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  Handle& operator=(Handle&&) = delete;
  ~Handle() = default;

  // Throws StateError once it has been destroyed.
  std::shared_ptr<T> Get() const {
    const std::lock_guard lock(mutex_);
    return Checked();
  }

  // Throws StateError the second time.
  void Destroy() {
    std::shared_ptr<T> last;  // goes after the lock, for that may run Python
    const std::lock_guard lock(mutex_);
    last = Checked();
    object_.reset();
  }

 private:
  const std::shared_ptr<T>& Checked() const {
    if (object_ == nullptr) throw StateError("this handle has already been destroyed");
    return object_;
  }

  mutable std::mutex mutex_;
  std::shared_ptr<T> object_;
};

}  // namespace mlperf::python

#endif  // MLPERF_LOADGEN_BINDINGS_HANDLE_H_
