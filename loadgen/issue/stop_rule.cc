#include "issue/stop_rule.h"

#include <limits>

#include "base/units.h"
#include "scenario/traits.h"

namespace mlperf::issue {
namespace {

constexpr uint64_t kNoCount = std::numeric_limits<uint64_t>::max();
constexpr int64_t kNoTime = std::numeric_limits<int64_t>::max();

}  // namespace

StopRule::StopRule(const EffectiveSettings& settings, schedule::SeriesMode mode)
    : min_queries_(kNoCount),
      min_duration_ns_(kNoTime),
      max_outstanding_(0),
      max_queries_(kNoCount),
      max_duration_ns_(kNoTime) {
  if (mode == schedule::SeriesMode::kAccuracy) return;
  if (scenario::TraitsOf(settings.scenario).poisson()) {
    // A server test always sends its whole schedule, so that every run sees the same arrivals.
    max_outstanding_ = settings.max_async_queries;
  } else {
    min_queries_ = settings.min_query_count;
    min_duration_ns_ = settings.target_duration_ms * base::kNsPerMs;
  }
  if (settings.max_query_count != 0) max_queries_ = settings.max_query_count;
  if (settings.max_duration_ms != 0) max_duration_ns_ = settings.max_duration_ms * base::kNsPerMs;
}

}  // namespace mlperf::issue
