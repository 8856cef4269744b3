#include "issue/wake_margin.h"

#include "check.h"

using mlperf::issue::WakeMargin;

TEST(settles_where_one_wake_up_in_a_hundred_is_later) {
  WakeMargin margin(60'000, true);
  // Late by 1, 2 ... 100 us, over and over, in an order that jumps about.
  for (int i = 0; i < 100'000; ++i) margin.Woke((i * 37 % 100 + 1) * 1'000);
  CHECK(margin.ns() > 90'000 && margin.ns() < 105'000);
}

TEST(stays_within_its_limits) {
  WakeMargin margin(60'000, true);
  for (int i = 0; i < 10'000; ++i) margin.Woke(0);
  CHECK_EQ(margin.ns(), WakeMargin::kLeastNs);
  margin.Woke(1'000'000'000);
  CHECK_EQ(margin.ns(), WakeMargin::kLeastNs + 99 * WakeMargin::kStepNs);
  for (int i = 0; i < 10'000; ++i) margin.Woke(1'000'000'000);
  CHECK_EQ(margin.ns(), WakeMargin::kMostNs);
}

TEST(a_fixed_margin_stays) {
  WakeMargin margin(0, false);
  margin.Woke(1'000'000);
  CHECK_EQ(margin.ns(), 0);
}
