// What the LoadGen of a round did and wrote otherwise than today's: its words in the summary, its
// keys in the detail log, what its configs may set. The tools of a round read these.

#ifndef MLPERF_LOADGEN_SETTINGS_ROUND_FORM_H_
#define MLPERF_LOADGEN_SETTINGS_ROUND_FORM_H_

#include <string_view>

#include "mlperf_loadgen/test_settings.h"

namespace mlperf::settings {

// A row holds from the round `since` on, up to that of the next row.
struct RoundForm {
  std::string_view since;
  bool plain_detail;         // the detail log is plain text; else :::MLLOG and JSON
  bool spaced_names;         // "Single Stream", "Performance"
  bool fixed_intervals;      // MultiStream is the scenario MultiStreamFixedInterval
  bool files_set_all;        // seeds and test05, too, and any number of files
  bool sets_of_all_samples;  // the performance set is the beginning of the shuffled library; else a
                             // shuffle of the library's beginning
  bool early_stopping;       // a rule of the verdict; Server's figure is the completed rate, else
                             // the scheduled one
  bool percent_decimal;      // "90.0th"; else "90th"
  std::string_view output_token;  // what the latencies of later tokens are called
  bool accuracy_sample_count;     // among the parameters of the summary
};

// For a name that is not a round: today's form.
const RoundForm& FormOf(std::string_view round);

// Whether the detail logs of the round have the key. Keys of no round, such as our own, all have.
bool HasKey(std::string_view round, std::string_view key);

// As the round's logs spell them.
std::string_view Name(TestScenario scenario, const RoundForm& form);
std::string_view Name(TestMode mode, const RoundForm& form);

}  // namespace mlperf::settings

#endif  // MLPERF_LOADGEN_SETTINGS_ROUND_FORM_H_
