// Runs the issue loop, on one thread or on several that share the series: paces, stamps, sends,
// stops.

#ifndef MLPERF_LOADGEN_ISSUE_ISSUER_H_
#define MLPERF_LOADGEN_ISSUE_ISSUER_H_

#include <cstdint>
#include <functional>
#include <vector>

#include "base/clock.h"
#include "issue/issue_thread_state.h"
#include "issue/series.h"
#include "issue/target.h"
#include "issue/waiter.h"
#include "mlperf_loadgen/test_settings.h"

namespace mlperf::issue {

// Issues `series` on the calling thread, then flushes the SUT and waits until every issued sample
// has completed. Sets series.start_ns. Allocates nothing for a query,
// takes no lock and reads the clock once. What the SUT or `poll` throws comes out.
IssueEnd Issue(Series& series, const EffectiveSettings& settings, Target& target,
               base::Clock& clock, const Poll& poll, Patience patience);

// The same where registered threads issue it: returns how each of them ended, or one end where the
// series was interrupted or timed out. `start_threads` makes each of them call IssueThreadShare. A
// thread that has not returned kIssueThreadGraceNs after an interrupt is abandoned:
// series.threads_left says so.
std::vector<IssueEnd> IssueByThreads(Series& series, const EffectiveSettings& settings,
                                     Target& target, base::Clock& clock, const Poll& poll,
                                     Patience patience, const std::function<void()>& start_threads);
constexpr int64_t kIssueThreadGraceNs = 2'000'000'000;

// Issues the share of thread `k` on the calling thread; its state then says how that ended. What
// the SUT or `poll` throws comes out. Costs the same per query as Issue.
void IssueThreadShare(Series& series, uint64_t k, const EffectiveSettings& settings, Target& target,
                      base::Clock& clock, const Poll& poll);

// Says that thread `k` has done its share. `raised` is what that threw, if anything; it ends the
// series.
void FinishIssueThread(Series& series, uint64_t k, std::exception_ptr raised) noexcept;

}  // namespace mlperf::issue

#endif  // MLPERF_LOADGEN_ISSUE_ISSUER_H_
