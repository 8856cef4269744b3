#include "issue_threads.h"

#include <algorithm>
#include <atomic>
#include <functional>
#include <mutex>
#include <vector>

#include "base/process.h"
#include "gil.h"
#include "interrupt.h"
#include "mlperf_loadgen/embedding.h"
#include "process_mutex.h"
#include "register.h"
#include "signal_watch.h"

namespace mlperf::python {
namespace {

struct IssueThread {
  const unsigned long ident = PyThread_get_thread_ident();
  bool interrupted = false;
};

std::vector<IssueThread*> threads;  // on the threads' own stacks; under process_mutex

// In the child: the other threads are the parent's, and so were their stacks.
void ForgetParent() {
  const unsigned long self = PyThread_get_thread_ident();
  std::erase_if(threads, [self](const IssueThread* thread) { return thread->ident != self; });
}

const base::ForkHandler forget_parent(&ForgetParent);

// Makes the thread one that can be interrupted.
class Listed {
 public:
  Listed() {
    const std::lock_guard lock(process_mutex);
    threads.push_back(&thread_);
  }
  ~Listed() {
    {
      const std::lock_guard lock(process_mutex);
      std::erase(threads, &thread_);
    }
    if (thread_.interrupted) ForgetInterrupt(thread_.ident);
  }
  Listed(const Listed&) = delete;
  Listed& operator=(const Listed&) = delete;

 private:
  IssueThread thread_;
};

void Serve(const std::function<void()>& poll) {
  const Listed listed;
  const GilRelease release;
  ServeAsIssueThread(poll);
}

// Threads that belong to one test: they go when it is over, also when it has never begun.
class IssueThreads {
 public:
  void Serve() {
    try {
      python::Serve([this] {
        if (over_) throw Over();
      });
    } catch (const Over&) {  // goes
    }
  }
  void Release() { over_ = true; }

 private:
  struct Over {};
  std::atomic<bool> over_{false};
};

}  // namespace

void InterruptIssueThreads() {
  const GilAcquire gil;  // first: those who hold it wait for the lock
  std::vector<unsigned long> idents;
  {
    const std::lock_guard lock(process_mutex);
    for (IssueThread* const thread : threads) {
      thread->interrupted = true;
      idents.push_back(thread->ident);
    }
  }
  for (const unsigned long ident : idents) Interrupt(ident);
}

void RegisterIssueThreads(py::module_& module) {
  module.def(
      "RegisterIssueQueryThread",
      [] { Serve(IsMainThread() ? &CheckSignals : std::function<void()>()); },
      "Register this thread with the running or next Server test that has issuing threads.\n\n"
      "Those are ``server_num_issue_query_threads`` threads that called this before the test began "
      "or within 10 s of it: issue callbacks run on them, several at once, instead of on the "
      "thread that runs the test. Returns when a test is over, wanted or not. What a callback "
      "raises here ends the test and comes out of the call that started it. On the main thread "
      "Ctrl-C ends the wait.");
  py::class_<IssueThreads>(
      module, "IssueThreads",
      "Threads that issue the queries of one test, of which there may be ``most``.")
      .def(py::init<>())
      .def_property_readonly_static(
          "most", [](const py::object&) { return TestSettings::kMostIssueQueryThreads; })
      .def("serve", &IssueThreads::Serve,
           "As RegisterIssueQueryThread; returns after release, too.")
      .def("release", &IssueThreads::Release,
           "End the wait of those that no test has. Any thread.");
}

}  // namespace mlperf::python
