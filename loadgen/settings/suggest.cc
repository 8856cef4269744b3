#include "settings/suggest.h"

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <vector>

namespace mlperf::settings {
namespace {

size_t EditDistance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);  // distances of a's first i characters to b's first j
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t substituted = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({substituted, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row[b.size()];
}

}  // namespace

std::string_view Nearest(std::string_view word, std::span<const std::string_view> candidates) {
  return Nearest(word, candidates, std::max<size_t>(2, word.size() / 3));
}

std::string_view Nearest(std::string_view word, std::span<const std::string_view> candidates,
                         size_t most_changes) {
  constexpr size_t kLongestTried = 64;  // no known word is near a longer one
  if (word.size() > kLongestTried) return {};
  std::string_view nearest;
  size_t limit = most_changes + 1;
  for (const std::string_view candidate : candidates) {
    if (candidate.size() > kLongestTried) continue;
    const size_t distance = EditDistance(word, candidate);
    if (distance < limit) {
      limit = distance;
      nearest = candidate;
    }
  }
  return nearest;
}

}  // namespace mlperf::settings
