#include "base/memory.h"

#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <limits>
#include <sstream>
#include <string_view>

namespace mlperf::base {
namespace {

constexpr uint64_t kNoLimit = std::numeric_limits<uint64_t>::max();

// "max", and a file that is not there, are no limit.
uint64_t ReadLimit(const std::string& path) {
  std::ifstream file(path);
  uint64_t limit = 0;
  return file >> limit ? limit : kNoLimit;
}

// Of a group and of all that it is in.
uint64_t LimitUpwards(const std::string& root, std::string group, std::string_view file) {
  uint64_t limit = kNoLimit;
  for (;;) {
    std::string path = root;
    limit = std::min(limit, ReadLimit(path.append(group).append("/").append(file)));
    if (group.empty()) return limit;
    const size_t slash = group.rfind('/');
    group.resize(slash == std::string::npos ? 0 : slash);
  }
}

bool HasController(const std::string& controllers, const std::string& wanted) {
  std::istringstream names(controllers);
  for (std::string name; std::getline(names, name, ',');) {
    if (name == wanted) return true;
  }
  return false;
}

uint64_t MachineMemory() {
  const auto pages = sysconf(_SC_PHYS_PAGES);
  const auto page_size = sysconf(_SC_PAGESIZE);
  if (pages <= 0 || page_size <= 0) return kNoLimit;
  return static_cast<uint64_t>(pages) * static_cast<uint64_t>(page_size);
}

}  // namespace

uint64_t MemoryLimit() {
  std::ifstream file("/proc/self/cgroup");
  const std::string groups{std::istreambuf_iterator<char>(file), {}};
  return std::min(MachineMemory(), GroupMemoryLimit(groups, "/sys/fs/cgroup"));
}

uint64_t GroupMemoryLimit(const std::string& groups, const std::string& root) {
  uint64_t limit = kNoLimit;
  // A line is number:controllers:path. Version 2 has one hierarchy, of number 0, for all.
  std::istringstream lines(groups);
  for (std::string line; std::getline(lines, line);) {
    const size_t first = line.find(':');
    const size_t second = first == std::string::npos ? first : line.find(':', first + 1);
    if (second == std::string::npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    const std::string path = line.substr(second + 1);
    if (controllers.empty()) {
      limit = std::min(limit, LimitUpwards(root, path, "memory.max"));
    } else if (HasController(controllers, "memory")) {
      limit = std::min(limit, LimitUpwards(root + "/memory", path, "memory.limit_in_bytes"));
    }
  }
  return limit;
}

}  // namespace mlperf::base
