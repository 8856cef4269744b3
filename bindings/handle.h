// Defines the handles that the Construct functions return and the Destroy functions take.

#ifndef MLPERF_LOADGEN_BINDINGS_HANDLE_H_
#define MLPERF_LOADGEN_BINDINGS_HANDLE_H_

#include <memory>
#include <mutex>
#include <utility>

#include "mlperf_loadgen/loadgen.h"
#include "process_mutex.h"
#include "python.h"

namespace mlperf::python {

// A SUT or a library that holds Python objects, and shows them to Python's garbage collector, which
// else could not free what refers to its own handle.
class HoldsObjects {
 public:
  virtual ~HoldsObjects() = default;
  // As tp_traverse.
  virtual int Visit(visitproc visit, void* argument) const = 0;
};

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
    const std::lock_guard lock(process_mutex);
    return Checked();
  }

  // Throws StateError the second time.
  void Destroy() {
    std::shared_ptr<T> last;  // goes after the lock, for that may run Python
    const std::lock_guard lock(process_mutex);
    last = Checked();
    object_.reset();
  }

  // For tp_traverse. What a test has a share of is nobody's garbage, so nothing of it is shown.
  int Visit(visitproc visit, void* argument) const {
    const std::unique_lock lock(process_mutex, std::try_to_lock);
    if (!lock.owns_lock() || object_ == nullptr || object_.use_count() != 1) return 0;
    const auto* const holder = dynamic_cast<const HoldsObjects*>(object_.get());
    return holder == nullptr ? 0 : holder->Visit(visit, argument);
  }

  // For tp_clear.
  void Clear() {
    std::shared_ptr<T> last;
    const std::lock_guard lock(process_mutex);
    last.swap(object_);
  }

 private:
  const std::shared_ptr<T>& Checked() const {
    if (object_ == nullptr) throw StateError("this handle has already been destroyed");
    return object_;
  }

  std::shared_ptr<T> object_;
};

// The handle inside a Python object; null for one that is half made.
template <typename T>
Handle<T>* HandleOf(PyObject* self) {
  const auto inner = reinterpret_cast<py::detail::instance*>(self)->get_value_and_holder();
  return inner.holder_constructed() ? inner.template value_ptr<Handle<T>>() : nullptr;
}

// Makes a class of handles one that the garbage collector looks into.
template <typename T>
py::custom_type_setup Collected() {
  return py::custom_type_setup([](PyHeapTypeObject* heap_type) {
    PyTypeObject& type = heap_type->ht_type;
    type.tp_flags |= Py_TPFLAGS_HAVE_GC;
    type.tp_traverse = [](PyObject* self, visitproc visit, void* arg) {
      Py_VISIT(Py_TYPE(self));
      const Handle<T>* const handle = HandleOf<T>(self);
      return handle == nullptr ? 0 : handle->Visit(visit, arg);
    };
    type.tp_clear = [](PyObject* self) {
      if (Handle<T>* const handle = HandleOf<T>(self)) handle->Clear();
      return 0;
    };
  });
}

}  // namespace mlperf::python

#endif  // MLPERF_LOADGEN_BINDINGS_HANDLE_H_
