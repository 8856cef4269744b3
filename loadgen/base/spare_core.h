// Tells whether this process has a processor to spare, on which a waiting thread may spin.

#ifndef MLPERF_LOADGEN_BASE_SPARE_CORE_H_
#define MLPERF_LOADGEN_BASE_SPARE_CORE_H_

#include <string>

namespace mlperf::base {

// One thread at a time. Where the kernel does not tell (anything but Linux), none is ever spare.
class SpareCore {
 public:
  SpareCore();
  // As if the thread might use that many processors, and `load_file` were the kernel's word on the
  // load (/proc/loadavg).
  SpareCore(int processors, const std::string& load_file);
  ~SpareCore();
  SpareCore(const SpareCore&) = delete;
  SpareCore& operator=(const SpareCore&) = delete;

  // The calling thread may use one processor only: what it spends on spinning, it takes from the
  // thread it waits for.
  bool Alone() const { return processors_ < 2; }

  // No more threads are ready to run, the calling one included, than there are processors for them.
  // Counts the threads of the whole machine, so it may say no where it could say yes. Some 2 us.
  bool IsFree() const;

 private:
  // That the thread may use: by its affinity, and as its container's quota allows.
  int processors_;
  int load_;  // a file descriptor, or -1
};

}  // namespace mlperf::base

#endif  // MLPERF_LOADGEN_BASE_SPARE_CORE_H_
