// Holds what other threads reach of a test: the series under way, and where it is written down.

#ifndef MLPERF_LOADGEN_RUN_SESSION_H_
#define MLPERF_LOADGEN_RUN_SESSION_H_

#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>

#include "base/clock.h"
#include "base/thread_id.h"
#include "issue/series.h"
#include "issue/waiter.h"
#include "log/run_log.h"
#include "mlperf_loadgen/loadgen.h"
#include "mlperf_loadgen/query_times.h"
#include "mlperf_loadgen/test_settings.h"
#include "run/ending.h"
#include "run/run_events.h"
#include "scenario/traits.h"
#include "track/fault.h"

namespace mlperf::run {

class DrainWait;

// Published as CurrentSession(). Everything that it is made of must live as long as it does.
class Session {
 public:
  // On the thread that runs the test, as are the other functions up to abandoned().
  Session(SystemUnderTest& sut, const EffectiveSettings& settings, log::RunLog& log,
          RunEvents& events, Ending& ending, base::Clock& clock)
      : sut_(sut),
        log_(log),
        events_(events),
        ending_(ending),
        clock_(clock),
        first_tokens_(scenario::TraitsOf(settings.scenario).first_tokens),
        settings_(settings) {}

  // Lets other threads reach the series.
  void Begin(std::unique_ptr<issue::Series> series, const EffectiveSettings& settings);
  // Takes it out of their reach, waiting for those inside as long as `wait` says. Returns null when
  // one stays: the series stays here then, as series(), and abandoned() is true.
  std::unique_ptr<issue::Series> End(DrainWait& wait);
  // The series under way; null if none.
  issue::Series* series() const { return series_.get(); }
  // Whether a completing or a registered thread stays inside. This session and all that it is made
  // of, the clock included, must then live as long as the process.
  bool abandoned() const { return abandoned_; }

  // All of the rest: any thread, inside an access to CurrentSession().

  // What these do is described in loadgen.h. `response(i)` gives response i of `count`, as a
  // QuerySampleResponse.
  template <typename Response>
  void Complete(size_t count, Response response, const ResponseCallback& response_cb);
  template <typename Response>
  void FirstTokens(size_t count, Response response, const ResponseCallback& response_cb);
  // The first of them, up to one that may have to wait. Returns how many.
  template <typename Response>
  size_t CompleteWithoutWaiting(size_t count, Response response) noexcept;
  template <typename Response>
  size_t FirstTokensWithoutWaiting(size_t count, Response response) noexcept;
  void YieldToIssuer() const noexcept;
  std::optional<Progress> GetProgress() const;
  std::optional<QueryTimes> TimesOf(ResponseId id) const;

  // On registered thread `k`: issues its share of the series of this generation, if that is still
  // under way. Throws in a forked child only, what the SUT threw.
  void IssueShare(uint64_t generation, uint64_t k, const issue::Poll& poll);

  // Ends the issuing of the series under way.
  void Interrupt() noexcept {
    if (series_ != nullptr) series_->Interrupt();
  }
  // Ends the test if RequestedEnd() says so.
  void ApplyEndRequest() { ending_.ApplyRequest(); }
  // Has the issuing thread poll, if that was asked for.
  void ApplyPollRequest();

 private:
  class Count;

  bool Logged(uint64_t place) const {
    return series_->log_all_responses ||
           (!series_->logged_responses.empty() && series_->logged_responses[place] != 0);
  }
  // Keeps in *raised what the callback throws; after that it is not called again in the same call,
  // whose other responses are logged without bytes.
  void CallBack(const ResponseCallback& response_cb, QuerySampleResponse* response,
                std::exception_ptr* raised);
  template <typename Response>
  size_t CompleteQuickly(size_t count, Response response, int64_t now_ns) noexcept;
  template <typename Response>
  void CompleteRest(size_t begin, size_t count, Response response, int64_t now_ns,
                    const ResponseCallback& response_cb);
  void CompleteSlowly(const QuerySampleResponse& answer, int64_t now_ns,
                      const ResponseCallback& response_cb, Count* completed,
                      std::exception_ptr* raised);
  void CountCall(int64_t now_ns) noexcept;
  // What the id names for a call that began at `now_ns` of the clock.
  track::Fault Find(ResponseId id, int64_t now_ns) const;

  SystemUnderTest& sut_;
  log::RunLog& log_;
  RunEvents& events_;
  Ending& ending_;
  base::Clock& clock_;
  const bool first_tokens_;                  // whether the scenario measures them
  const int64_t thread_ = base::ThreadId();  // the one that runs the test
  bool abandoned_ = false;                   // that thread's

  // Changed only while no other thread is inside.
  std::unique_ptr<issue::Series> series_;
  EffectiveSettings settings_;  // of it
};

}  // namespace mlperf::run

#endif  // MLPERF_LOADGEN_RUN_SESSION_H_
