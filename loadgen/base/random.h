// Generates the random numbers that decide what a test issues and when.
//
// Part of the reproducible behaviour of a benchmark round: a seed published in mlperf.conf must
// give the same sample sets, sample order and arrival times everywhere. The engine is fully
// specified by the C++ standard, its distributions are not, so they are spelled out here. They are
// the ones that the official results come from.

#ifndef MLPERF_LOADGEN_BASE_RANDOM_H_
#define MLPERF_LOADGEN_BASE_RANDOM_H_

#include <cstddef>
#include <cstdint>
#include <limits>
#include <random>
#include <span>
#include <stdexcept>
#include <utility>

namespace mlperf::base {

// One stream of random numbers: a 32-bit Mersenne Twister (MT19937). Not thread-safe.
class Random {
 public:
  // The seed of an engine that was given none.
  static constexpr uint64_t kDefaultSeed = 5489;
  // Numbers that one UniformReal takes from the engine.
  static constexpr uint64_t kDrawsPerReal = 2;

  // Uses the low 32 bits of `seed`.
  explicit Random(uint64_t seed) : engine_(static_cast<uint32_t>(seed)) {}

  // Uniform in [0, n), n >= 1. Lemire's multiply-shift: the high half of draw * n, where draws
  // whose low half falls short of 2^32 mod n are taken again. One draw nearly always.
  uint32_t UniformIndex(uint32_t n) {
    uint64_t product = Draw() * n;
    if (static_cast<uint32_t>(product) < n) {
      const uint32_t excess = (0 - n) % n;
      while (static_cast<uint32_t>(product) < excess) product = Draw() * n;
    }
    return static_cast<uint32_t>(product >> 32);
  }

  // Uniform in [0, 1): two draws a, b, taken as (a + b * 2^32) / 2^64 and kept below 1.
  double UniformReal();

  // Exponential with `rate` > 0, mean 1 / rate: -ln(1 - UniformReal()) / rate. Depends on the last
  // bit of the C library's logarithm, the one thing here that no standard pins down.
  double Exponential(double rate);

  // A random permutation, built forward: each item is swapped with one at or before it. While the
  // square of the size fits 32 bits, two items share a draw: for the pair at i, i + 1 it is uniform
  // in [0, (i + 1) * (i + 2)), and its quotient and remainder by i + 2 are the two partners.
  // Throws std::length_error for more than 2^32 - 1 items.
  template <typename T>
  void Shuffle(std::span<T> items) {
    if (items.size() > std::numeric_limits<uint32_t>::max()) {
      throw std::length_error("Shuffle: more than 4294967295 items");
    }
    const uint32_t size = static_cast<uint32_t>(items.size());
    uint32_t i = 1;
    if (size <= std::numeric_limits<uint16_t>::max()) {
      if (size != 0 && size % 2 == 0) {
        std::swap(items[1], items[UniformIndex(2)]);
        i = 2;
      }
      for (; i < size; i += 2) {
        const uint32_t both = UniformIndex((i + 1) * (i + 2));
        std::swap(items[i], items[both / (i + 2)]);
        std::swap(items[i + 1], items[both % (i + 2)]);
      }
    } else {
      for (; i < size; ++i) std::swap(items[i], items[UniformIndex(i + 1)]);
    }
  }

  // Passes over `draws` numbers of the engine.
  void Skip(uint64_t draws) { engine_.discard(draws); }

 private:
  uint64_t Draw() { return engine_(); }

  std::mt19937 engine_;
};

}  // namespace mlperf::base

#endif  // MLPERF_LOADGEN_BASE_RANDOM_H_
