// What the logs of a round hold, from its first round to its last.

#include "settings/round_form.h"

#include <string>

#include "check.h"
#include "settings/rules.h"

using mlperf::settings::FormOf;
using mlperf::settings::HasKey;

namespace {

// Every row of the table that has a limit.
struct Span {
  const char* key;
  const char* first;
  const char* last;
};

constexpr Span kSpans[] = {
    {"requested_multi_stream_target_latency_ns", "v0.5", "v1.1"},
    {"early_stopping_met", "v2.0", "v6.1"},
    {"result_query_count", "v2.0", "v6.1"},
    {"get_sut_name_duration_ns", "v2.1", "v6.1"},
    {"effective_sample_concatenate_permutation", "v4.1", "v6.1"},
    {"num_errors", "v5.1", "v6.1"},
    {"effective_accuracy_sample_count", "v6.0", "v6.1"},
    {"loadgen_version", "v0.5", "v6.1"},
};

}  // namespace

TEST(a_key_is_in_the_logs_from_its_first_round_to_its_last) {
  for (const Span& span : kSpans) {
    bool within = false;
    for (const std::string& round : mlperf::Rounds()) {
      within = within || round == span.first;
      CHECK_EQ(round + (HasKey(round, span.key) ? " has " : " lacks ") + span.key,
               round + (within ? " has " : " lacks ") + span.key);
      within = within && round != span.last;
    }
  }
}

TEST(a_form_holds_up_to_the_next) {
  CHECK(FormOf("v0.7").plain_detail);
  CHECK(!FormOf("v1.0").plain_detail);
  CHECK(FormOf("v1.1").fixed_intervals);
  CHECK(!FormOf("v2.0").fixed_intervals);
  CHECK(FormOf("v4.1").files_set_all);
  CHECK(!FormOf("v5.0").files_set_all);
  CHECK(!FormOf("v5.0").percent_decimal);
  CHECK(FormOf("v5.1").percent_decimal);
  CHECK(FormOf("v5.1").sets_of_all_samples);
  CHECK(!FormOf("v6.0").sets_of_all_samples);
}

TEST(what_is_no_round_has_the_newest_form) {
  for (const char* name : {"", "v", "v6", "v6.x", "6.1", "v100.0"}) {
    CHECK(HasKey(name, "num_errors"));
    CHECK(FormOf(name).accuracy_sample_count);
    CHECK(!HasKey(name, "requested_multi_stream_target_latency_ns"));
  }
}
