// Which of the known words somebody may have meant.

#ifndef MLPERF_LOADGEN_SETTINGS_SUGGEST_H_
#define MLPERF_LOADGEN_SETTINGS_SUGGEST_H_

#include <cstddef>
#include <span>
#include <string_view>

namespace mlperf::settings {

// The candidate that takes the fewest insertions, deletions and substitutions of single characters
// to get to from `word`; the first of several. Empty when even that takes more than a third of
// `word`'s length, and at least 2.
std::string_view Nearest(std::string_view word, std::span<const std::string_view> candidates);
// The same, of those that at most `most_changes` lead to.
std::string_view Nearest(std::string_view word, std::span<const std::string_view> candidates,
                         size_t most_changes);

}  // namespace mlperf::settings

#endif  // MLPERF_LOADGEN_SETTINGS_SUGGEST_H_
