// Counts the instructions that a piece of code takes, one by one: a forked child runs it under
// ptrace. No other program on the machine changes such a count. Linux on x86-64 or AArch64.

#ifndef MLPERF_LOADGEN_TESTS_CPP_STEPPER_H_
#define MLPERF_LOADGEN_TESTS_CPP_STEPPER_H_

#include <elf.h>
#include <sys/ptrace.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <stdexcept>
#include <string>
#include <unordered_map>
#include <vector>

namespace stepper {

// From one call of Mark to the next, on the child's first thread. What the kernel's clock function
// takes differs from machine to machine, so its calls are counted and not what they do.
struct Stretch {
  int64_t instructions = 0;
  int64_t clock_reads = 0;
  int64_t system_calls = 0;  // without those of the clock function
};

// Called by the child where a stretch ends and the next begins.
[[gnu::noinline]] inline void Mark() { asm volatile("" ::: "memory"); }

// Called by the child once, when the marks that count are about to come.
inline void Begin() { raise(SIGUSR1); }

// Where the kernel has put its clock function.
struct Region {
  uint64_t begin = 0;
  uint64_t end = 0;
  bool Has(uint64_t address) const { return begin <= address && address < end; }
};

inline Region Vdso() {
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) {
    if (!line.ends_with("[vdso]")) continue;
    const size_t dash = line.find('-');
    return {std::stoull(line.substr(0, dash), nullptr, 16),
            std::stoull(line.substr(dash + 1), nullptr, 16)};
  }
  return {};  // each clock read is a system call then, which is one instruction
}

class Child {
 public:
  explicit Child(const std::function<void()>& body) : pid_(fork()) {
    if (pid_ < 0) throw std::runtime_error("fork failed");
    if (pid_ != 0) return;
    if (ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) != 0) _exit(kRefused);
    body();
    _exit(0);
  }
  ~Child() {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  void RunUntilBegin() {
    for (int signal = Continue(PTRACE_CONT, 0, true); signal != SIGUSR1;) {
      signal = Continue(PTRACE_CONT, signal, false);
    }
  }
  // Whether the instruction at `address` is a system call.
  bool IsSystemCall(uint64_t address) {
    const auto [known, added] = system_calls_.try_emplace(address, false);
    if (added) {
      const auto text = static_cast<uint64_t>(
          ptrace(PTRACE_PEEKTEXT, pid_, reinterpret_cast<void*>(address), nullptr));
#if defined(__x86_64__)
      known->second = (text & 0xFFFFU) == 0x050FU;
#else
      known->second = (text & 0xFFFFFFFFU) == 0xD4000001U;
#endif
    }
    return known->second;
  }
  // Returns the address of the next instruction.
  uint64_t Step() {
    int signal = Continue(PTRACE_SINGLESTEP, 0, false);
    while (signal != SIGTRAP) signal = Continue(PTRACE_SINGLESTEP, signal, false);
    user_regs_struct registers{};
    iovec place{&registers, sizeof registers};
    Check(ptrace(PTRACE_GETREGSET, pid_, NT_PRSTATUS, &place));
#if defined(__x86_64__)
    return registers.rip;
#else
    return registers.pc;
#endif
  }

 private:
  static constexpr int kRefused = 77;

  static void Check(long result) {
    if (result != 0) throw std::runtime_error("ptrace failed");
  }
  // Lets the child go on with `signal`; returns what stops it next.
  template <typename Request>
  int Continue(Request request, int signal, bool just_forked) {
    if (!just_forked) Check(ptrace(request, pid_, nullptr, static_cast<long>(signal)));
    int status = 0;
    waitpid(pid_, &status, 0);
    if (WIFSTOPPED(status)) return WSTOPSIG(status);
    if (WIFEXITED(status) && WEXITSTATUS(status) == kRefused) {
      throw std::runtime_error(
          "ptrace is refused here, so instructions cannot be counted; a container may need "
          "--cap-add=SYS_PTRACE, and MLPERF_LOADGEN_NO_PTRACE=1 skips this test");
    }
    throw std::runtime_error("the child ended before its marks came");
  }

  const pid_t pid_;
  std::unordered_map<uint64_t, bool> system_calls_;  // by address
};

// Runs `body`, which calls Begin and then Mark more than `count` times, and ends it there.
inline std::vector<Stretch> Step(const std::function<void()>& body, size_t count) {
  const Region clock = Vdso();
  const uint64_t mark = reinterpret_cast<uint64_t>(&Mark);
  Child child(body);
  child.RunUntilBegin();
  while (child.Step() != mark) {
  }
  std::vector<Stretch> stretches(count);
  for (Stretch& stretch : stretches) {
    bool inside = false;
    for (uint64_t address = 0; address != mark;) {
      address = child.Step();
      const bool was_inside = inside;
      inside = clock.Has(address);
      if (!inside) ++stretch.instructions;
      if (!inside && child.IsSystemCall(address)) ++stretch.system_calls;
      if (inside && !was_inside) ++stretch.clock_reads;
    }
  }
  return stretches;
}

// Of each figure by itself: what now and then happens besides does not count.
inline Stretch Median(const std::vector<Stretch>& stretches) {
  const auto median = [&](int64_t Stretch::* figure) {
    std::vector<int64_t> values;
    for (const Stretch& stretch : stretches) values.push_back(stretch.*figure);
    std::nth_element(values.begin(), values.begin() + values.size() / 2, values.end());
    return values[values.size() / 2];
  };
  return {median(&Stretch::instructions), median(&Stretch::clock_reads),
          median(&Stretch::system_calls)};
}

// Set where ptrace is known to be refused.
inline bool Skipped() { return std::getenv("MLPERF_LOADGEN_NO_PTRACE") != nullptr; }

}  // namespace stepper

#endif  // MLPERF_LOADGEN_TESTS_CPP_STEPPER_H_
