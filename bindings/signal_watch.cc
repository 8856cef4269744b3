#include "signal_watch.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "mlperf_loadgen/embedding.h"

namespace mlperf::python {

bool IsMainThread() {
  const py::object main = py::module_::import("threading").attr("main_thread")().attr("ident");
  return main.cast<unsigned long>() == PyThread_get_thread_ident();
}

namespace {

constexpr char kEnd = 0;  // the number of no signal

constexpr int kSigtermPatienceMs = 10'000;

std::atomic<bool> sigterm_awaited{false};

SignalWatch* watch = nullptr;  // the one that lives in this process; main thread only

// What cannot be written is lost: the reader has more than enough to read already.
void Write(int fd, const char* bytes, size_t size) {
  const ssize_t written = write(fd, bytes, size);
  static_cast<void>(written);
}

// Returns the one before. The program's own may be closed by now: then there is none.
int SetWakeupFd(int fd) {
  const py::object set = py::module_::import("signal").attr("set_wakeup_fd");
  try {
    return set(fd).cast<int>();
  } catch (const py::error_already_set&) {
    return set(-1).cast<int>();
  }
}

bool MakePipe(int* read_fd, int* write_fd) {
  std::array<int, 2> fds{};
  if (pipe(fds.data()) != 0) return false;
  for (const int fd : fds) fcntl(fd, F_SETFD, FD_CLOEXEC);
  fcntl(fds[1], F_SETFL, O_NONBLOCK);  // a signal handler writes there
  *read_fd = fds[0];
  *write_fd = fds[1];
  return true;
}

// Returns when there is something to read, or the test has heard of SIGTERM.
void EndUnlessHeard(int fd) {
  pollfd readable{fd, POLLIN, 0};
  if (poll(&readable, 1, kSigtermPatienceMs) != 0) return;
  if (!sigterm_awaited.load()) return;
  signal(SIGTERM, SIG_DFL);
  kill(getpid(), SIGTERM);
}

// A thread that no signal is delivered to, so that signals reach the threads that expect them.
template <typename Body>
std::unique_ptr<std::thread> StartWithoutSignals(Body body) {
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  std::unique_ptr<std::thread> thread;
  try {
    thread = std::make_unique<std::thread>(body);
  } catch (const std::exception&) {  // no thread to be had: not active
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return thread;
}

}  // namespace

SignalWatch::SignalWatch() {
  if (watch != nullptr || !MakePipe(&read_fd_, &write_fd_)) return;
  thread_ = StartWithoutSignals([this] { PassOn(); });
  if (thread_ == nullptr) return;
  previous_fd_ = SetWakeupFd(write_fd_);
  watch = this;
}

SignalWatch::~SignalWatch() {
  if (write_fd_ < 0) return;
  if (watch == this) {
    PutBack();
    watch = nullptr;
    Write(write_fd_, &kEnd, 1);
    thread_->join();
  } else {
    // In a forked child, which has no such thread to join, nor to detach.
    static_cast<void>(thread_.release());  // NOLINT(bugprone-unused-return-value)
  }
  close(write_fd_);
  close(read_fd_);
}

void SignalWatch::Prepare() {
  py::module_::import("os").attr("register_at_fork")(py::arg("after_in_child") =
                                                         py::cpp_function(&ForgetInChild));
}

void SignalWatch::AwaitSigterm(bool awaited) { sigterm_awaited.store(awaited); }

void SignalWatch::ForgetInChild() {
  if (watch == nullptr) return;
  watch->PutBack();
  watch = nullptr;
}

void SignalWatch::PutBack() const {
  const int present = SetWakeupFd(previous_fd_);
  if (present != write_fd_) SetWakeupFd(present);  // the program's choice
}

void SignalWatch::PassOn() const {
  std::array<char, 64> signals{};
  bool terminated = false;
  for (;;) {
    if (terminated) EndUnlessHeard(read_fd_);
    ssize_t size = read(read_fd_, signals.data(), signals.size());
    if (size <= 0) return;
    const bool end = signals[static_cast<size_t>(size) - 1] == kEnd;
    if (end) --size;
    if (previous_fd_ >= 0) Write(previous_fd_, signals.data(), static_cast<size_t>(size));
    if (end) return;
    terminated |=
        std::find(signals.begin(), signals.begin() + size, SIGTERM) != signals.begin() + size;
    RequestPoll();
  }
}

}  // namespace mlperf::python
