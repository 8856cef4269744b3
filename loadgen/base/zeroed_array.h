// Provides a fixed-size array of zeros that takes no memory until it is written.

#ifndef MLPERF_LOADGEN_BASE_ZEROED_ARRAY_H_
#define MLPERF_LOADGEN_BASE_ZEROED_ARRAY_H_

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <memory>
#include <new>
#include <type_traits>

#include "base/pages.h"

namespace mlperf::base {

// Pages come zeroed from the system on first touch, so an array may be sized for the worst case.
template <typename T>
class ZeroedArray {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  ZeroedArray() = default;
  explicit ZeroedArray(size_t size)
      : data_(size == 0 ? nullptr : static_cast<T*>(std::calloc(size, sizeof(T)))), size_(size) {
    if (size != 0 && data_ == nullptr) throw std::bad_alloc();
  }

  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  size_t bytes() const { return size_ * sizeof(T); }
  T& operator[](size_t i) { return data_.get()[i]; }
  const T& operator[](size_t i) const { return data_.get()[i]; }

  // The element, for several threads at once.
  std::atomic_ref<T> Atomic(size_t i) const { return std::atomic_ref<T>(data_.get()[i]); }

  // Touches the pages of the first `likely` elements, 64 MiB at most, before anything is written.
  // Pages beyond that are faulted in as they are written.
  void Prefault(size_t likely) {
    constexpr size_t kMost = size_t{64} << 20U;
    PrefaultPages(data_.get(), std::min({bytes(), likely * sizeof(T), kMost}));
  }

  // Gives the whole pages inside [begin, end) back to the system. Their elements read as zero.
  void ReleasePages(size_t begin, size_t end) const {
    base::ReleasePages(data_.get() + begin, (end - begin) * sizeof(T));
  }

 private:
  struct Free {
    void operator()(T* data) const { std::free(data); }
  };
  std::unique_ptr<T, Free> data_;
  size_t size_ = 0;
};

}  // namespace mlperf::base

#endif  // MLPERF_LOADGEN_BASE_ZEROED_ARRAY_H_
