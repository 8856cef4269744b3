// The issue loop: paces, stamps, sends, stops.

#ifndef MLPERF_LOADGEN_ISSUE_ISSUER_H_
#define MLPERF_LOADGEN_ISSUE_ISSUER_H_

#include <string>

#include "base/clock.h"
#include "effective_settings.h"
#include "issue/series.h"
#include "issue/target.h"
#include "issue/waiter.h"

namespace mlperf::issue {

struct IssueEnd {
  enum class Kind {
    kDone,         // every query of the plan was sent, as it should be
    kNaturally,    // enough queries for long enough
    kEarly,        // a limit was reached, or the plan ran out: an error in the log
    kInterrupted,  // the gate was interrupted
    kTimedOut,     // a query was not completed in time
  };
  Kind kind = Kind::kDone;
  std::string message;  // for the detail log; of kNaturally and kEarly
};

// Issues `series` on the calling thread, then flushes the SUT and waits until every issued sample
// has completed. Sets series.start_ns and series.queries_issued. Allocates nothing for a query,
// takes no lock and reads the clock once. What the SUT or `poll` throws comes out.
IssueEnd Issue(Series& series, const EffectiveSettings& settings, Target& target,
               base::Clock& clock, const Poll& poll, Patience patience);

}  // namespace mlperf::issue

#endif  // MLPERF_LOADGEN_ISSUE_ISSUER_H_
