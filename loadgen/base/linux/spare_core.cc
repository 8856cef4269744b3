#include "base/spare_core.h"

#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <fstream>
#include <limits>
#include <string>
#include <string_view>

namespace mlperf::base {
namespace {

constexpr int kAny = std::numeric_limits<int>::max();

int ByAffinity() {
  cpu_set_t set;
  return sched_getaffinity(0, sizeof(set), &set) == 0 ? CPU_COUNT(&set) : kAny;
}

// No quota ("max", -1, or no such file) fails to be read, or is not positive.
int ByQuota(std::istream& quota, std::istream& period) {
  int64_t quota_us = 0;
  int64_t period_us = 0;
  if (!(quota >> quota_us) || !(period >> period_us) || quota_us <= 0 || period_us <= 0) {
    return kAny;
  }
  return static_cast<int>(std::min<int64_t>(quota_us / period_us, kAny));
}

// As a container sees its own group: version 2 of the interface, then version 1.
int ByQuota() {
  const std::string root = "/sys/fs/cgroup/";
  std::ifstream both(root + "cpu.max");
  std::ifstream quota(root + "cpu/cpu.cfs_quota_us");
  std::ifstream period(root + "cpu/cpu.cfs_period_us");
  return std::min(ByQuota(both, both), ByQuota(quota, period));
}

}  // namespace

SpareCore::SpareCore() : SpareCore(std::min(ByAffinity(), ByQuota()), "/proc/loadavg") {}

SpareCore::SpareCore(int processors, const std::string& load_file)
    : processors_(processors), load_(open(load_file.c_str(), O_RDONLY | O_CLOEXEC)) {}

SpareCore::~SpareCore() {
  if (load_ >= 0) close(load_);
}

bool SpareCore::IsFree() const {
  if (Alone() || load_ < 0) return false;
  std::array<char, 64> text{};
  const ssize_t size = pread(load_, text.data(), text.size(), 0);
  if (size <= 0) return false;
  // Three averages, then "<ready to run>/<all>".
  const std::string_view line(text.data(), static_cast<size_t>(size));
  const size_t slash = line.find('/');
  if (slash == std::string_view::npos) return false;
  const size_t begin = line.rfind(' ', slash) + 1;
  int ready = 0;
  const auto parsed = std::from_chars(line.data() + begin, line.data() + slash, ready);
  return parsed.ec == std::errc() && ready <= processors_;
}

}  // namespace mlperf::base
