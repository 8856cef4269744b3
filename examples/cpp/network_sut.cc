// A SUT in another process, behind TCP on the loopback device: LoadGen, the samples and the clock
// are on this side, on that side numbers are squared. It greets with its name; after that every
// message is 16 bytes.

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <exception>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "loadgen.h"
#include "query_dispatch_library.h"

namespace {

using Greeting = char[16];

struct Message {
  uint64_t id;
  uint64_t number;
};

void Send(int socket, const void* bytes, size_t size) {
  const auto* const begin = static_cast<const char*>(bytes);
  for (size_t sent = 0; sent < size;) {
    const ssize_t more = send(socket, begin + sent, size - sent, MSG_NOSIGNAL);
    if (more <= 0) throw std::runtime_error("the SUT has hung up");
    sent += static_cast<size_t>(more);
  }
}

// Messages are not to wait for larger packets.
void SendAtOnce(int socket) {
  const int on = 1;
  setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

// False at the end of the connection.
bool Receive(int socket, void* bytes, size_t size) {
  return recv(socket, bytes, size, MSG_WAITALL) == static_cast<ssize_t>(size);
}

// The other side.
void Serve(int connection) {
  const Greeting greeting = "Network SUT";
  SendAtOnce(connection);
  Send(connection, greeting, sizeof(greeting));
  for (Message message; Receive(connection, &message, sizeof(message));) {
    message.number *= message.number;
    Send(connection, &message, sizeof(message));
  }
}

// This side, connected from Name, at the beginning of a test, to its end.
class Dispatcher : public mlperf::QueryDispatchLibrary {
 public:
  explicit Dispatcher(const sockaddr_in& address) : address_(address) {}

  // There and back: how long that takes is logged.
  const std::string& Name() override {
    Greeting greeting;
    socket_ = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(socket_, reinterpret_cast<const sockaddr*>(&address_), sizeof(address_)) != 0 ||
        !Receive(socket_, greeting, sizeof(greeting))) {
      throw std::runtime_error("the SUT does not answer");
    }
    SendAtOnce(socket_);
    receiver_ = std::thread([this] { Complete(); });
    return name_ = greeting;
  }
  void IssueQuery(const std::vector<mlperf::QuerySample>& samples) override {
    messages_.clear();
    for (const mlperf::QuerySample& sample : samples) {
      messages_.push_back({sample.id, sample.index});
    }
    Send(socket_, messages_.data(), messages_.size() * sizeof(Message));
  }
  void FlushQueries() override {}
  void TestOver() noexcept override {
    shutdown(socket_, SHUT_RDWR);
    if (receiver_.joinable()) receiver_.join();
    close(socket_);
  }

 private:
  void Complete() try {
    for (Message message; Receive(socket_, &message, sizeof(message));) {
      mlperf::QuerySampleResponse response(message.id, reinterpret_cast<uintptr_t>(&message.number),
                                           sizeof(message.number));
      mlperf::QuerySamplesComplete(&response, 1);
    }
    throw std::runtime_error("the SUT has hung up");
  } catch (...) {
    mlperf::FailTest(std::current_exception());  // comes out of RunTest, if that is not over
  }

  const sockaddr_in address_;
  int socket_ = -1;
  std::string name_;
  std::vector<Message> messages_;
  std::thread receiver_;
};

class Numbers : public mlperf::QuerySampleLibrary {
 public:
  const std::string& Name() override { return name_; }
  size_t TotalSampleCount() override { return 1000; }
  size_t PerformanceSampleCount() override { return 1000; }
  void LoadSamplesToRam(const std::vector<mlperf::QuerySampleIndex>&) override {}
  void UnloadSamplesFromRam(const std::vector<mlperf::QuerySampleIndex>&) override {}

 private:
  const std::string name_ = "numbers";
};

}  // namespace

int main() try {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);  // and any free port
  socklen_t size = sizeof(address);
  const int listener = socket(AF_INET, SOCK_STREAM, 0);
  if (bind(listener, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
      listen(listener, 1) != 0 ||
      getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    throw std::runtime_error("no port to listen on");
  }
  const pid_t remote = fork();
  if (remote == 0) {
    alarm(60);  // whatever happens to this process, that one ends
    Serve(accept(listener, nullptr, nullptr));
    return 0;
  }
  close(listener);

  Dispatcher dispatcher(address);
  Numbers numbers;
  mlperf::TestSettings settings;
  settings.scenario = mlperf::TestScenario::Server;
  settings.server_target_qps = 1000;
  settings.server_target_latency_ns = 500000000;
  settings.min_duration_ms = 1000;
  settings.stall_timeout_ms = 10000;  // a SUT that says nothing any more ends the test
  const mlperf::Report report =
      mlperf::RunTest(&dispatcher, &numbers, settings, mlperf::LogSettings());
  waitpid(remote, nullptr, 0);
  std::printf("%s: %s, p99 %.1f us\n", report.sut_name.c_str(), report.valid ? "VALID" : "INVALID",
              static_cast<double>(report.latency_ns.p99) / 1000);
  return report.valid ? 0 : 1;
} catch (const std::exception& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
}
