// What stands behind the opaque pointers of the C faces.

#ifndef MLPERF_LOADGEN_C_HANDLES_H_
#define MLPERF_LOADGEN_C_HANDLES_H_

#include <atomic>
#include <bit>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "mlperf_loadgen/errors.h"

namespace mlperf::c {

// A number that no other handle of this process has or had. Odd, as no object's address is.
inline uintptr_t NextHandle() {
  static std::atomic<uintptr_t> last{0x10001};
  return last += 2;
}

// Guards all handles of the process; held around a fork, so that the child finds them whole.
inline std::mutex& HandlesMutex() {
  static std::mutex mutex;
  return mutex;
}

// Owns objects of one kind until their handles are destroyed. A handle is a number that looks like
// a pointer: it is looked up, never dereferenced. Any thread.
template <typename T>
class Handles {
 public:
  // What the texts of errors call such a handle.
  explicit Handles(std::string kind) : kind_(std::move(kind)) {}

  void* Add(std::shared_ptr<T> object) {
    const uintptr_t number = NextHandle();
    const std::lock_guard lock(HandlesMutex());
    objects_.emplace(number, std::move(object));
    return std::bit_cast<void*>(number);
  }

  // A share of its object. Throws SettingsError for null, StateError for anything but a handle of
  // this kind, or not any more.
  std::shared_ptr<T> Get(const void* handle) {
    const std::lock_guard lock(HandlesMutex());
    return Find(handle)->second;
  }

  // Throws as Get does.
  void Destroy(const void* handle) {
    std::shared_ptr<T> last;  // goes after the lock
    const std::lock_guard lock(HandlesMutex());
    const auto found = Find(handle);
    last = std::move(found->second);
    objects_.erase(found);
  }

 private:
  using Objects = std::map<uintptr_t, std::shared_ptr<T>>;

  typename Objects::iterator Find(const void* handle) {
    if (handle == nullptr) throw SettingsError(kind_ + ": null; a handle is needed");
    const auto found = objects_.find(std::bit_cast<uintptr_t>(handle));
    if (found == objects_.end()) {
      throw StateError(kind_ + ": this handle has been destroyed, or never was one of a " + kind_);
    }
    return found;
  }

  const std::string kind_;
  Objects objects_;
};

// Throws SettingsError when `pointer`, which the text calls `name`, is null.
template <typename Pointer>
void RequireNotNull(Pointer pointer, const char* name) {
  if (pointer == nullptr) throw SettingsError(std::string(name) + ": null");
}

}  // namespace mlperf::c

#endif  // MLPERF_LOADGEN_C_HANDLES_H_
