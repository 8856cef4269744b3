#include "numpy.h"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <stdexcept>

#include "gil.h"
#include "register.h"

namespace mlperf::python {
namespace {

std::atomic<bool> there{false};

// pybind11 looks NumPy's functions up when the first array is made, and gives the GIL up and takes
// it back meanwhile with guards of its own. A thread that does so while the interpreter goes away
// is unwound through their destructors, which ends the process (gil.h). So the interpreter's exit
// waits for those who are at it, and nobody begins after that but the thread that exits.
class LookUps {
 public:
  // Returns whether there may be one more.
  bool Begin() {
    const std::lock_guard lock(mutex_);
    if (closed_) return false;
    ++running_;
    return true;
  }

  void End() {
    {
      const std::lock_guard lock(mutex_);
      --running_;
    }
    ended_.notify_all();
  }

  // Waits without the GIL. Not for ever: one that hangs is no reason never to exit.
  void Close() {
    std::unique_lock lock(mutex_);
    closed_ = true;
    ended_.wait_for(lock, std::chrono::seconds(5), [this] { return running_ == 0; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable ended_;
  int running_ = 0;
  bool closed_ = false;
};

// Never destroyed: daemon threads are there to the end.
LookUps& TheLookUps() {
  static LookUps* const look_ups = new LookUps;
  return *look_ups;
}

// Makes the first array of the process.
void LookUp() {
  struct Ended {
    ~Ended() { TheLookUps().End(); }
  } const ended;
  static_cast<void>(py::dtype::of<int64_t>());
}

unsigned long exiting_thread = 0;

void BeforeExit() {
  exiting_thread = PyThread_get_thread_ident();
  const GilRelease release;
  TheLookUps().Close();
}

}  // namespace

void NeedNumpy() {
  if (there.load(std::memory_order_acquire)) return;
  PyObject* const numpy = OrSleep([] { return PyImport_ImportModule("numpy"); });
  if (numpy == nullptr) throw py::error_already_set();
  Py_DECREF(numpy);
  if (TheLookUps().Begin()) {
    LookUp();
  } else if (exiting_thread != PyThread_get_thread_ident()) {
    throw std::runtime_error("NumPy cannot be loaded any more: the interpreter is exiting");
  }
  there.store(true, std::memory_order_release);
}

bool NumpyIsThere() {
  if (there.load(std::memory_order_acquire)) return true;
  PyObject* const name = PyUnicode_FromString("numpy");
  PyObject* const module = name == nullptr ? nullptr : PyImport_GetModule(name);
  Py_XDECREF(name);
  if (module == nullptr) {
    PyErr_Clear();
    return false;
  }
  Py_DECREF(module);
  NeedNumpy();
  return true;
}

void RegisterNumpy() {
  py::module_::import("atexit").attr("register")(py::cpp_function(&BeforeExit));
}

}  // namespace mlperf::python
