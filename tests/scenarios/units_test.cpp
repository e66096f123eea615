#include "scenarios/document/units.hpp"

#include "engine/base/time.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace squall::scenarios {
namespace {

TEST(Units, DurationsAreExact) {
  EXPECT_EQ(parse_duration("80ms"), 80 * millisecond_ns);
  EXPECT_EQ(parse_duration("1.5h"), 90 * minute_ns);
  EXPECT_EQ(parse_duration("0s"), 0);
  EXPECT_EQ(parse_duration("-2m"), -2 * minute_ns);
  EXPECT_EQ(parse_duration("28d"), 28 * 24 * hour_ns);
  EXPECT_EQ(parse_duration("0.000000001s"), 1);
}

TEST(Units, ADurationNeedsAUnitAndWholeNanoseconds) {
  for (const char* text :
       {"80", "", "ms", "80 ms", "80sec", "1.5ns", "1..5s", "1h30m", "--1s", ".5s", "5.s", "1e3s", "0x10s"})
    EXPECT_EQ(parse_duration(text), std::nullopt) << text;
  EXPECT_EQ(parse_duration("106752d"), std::nullopt) << "292 years do not fit";
}

TEST(Units, RatesSharesDriftsBytes) {
  EXPECT_EQ(parse_rate("6/h"), 6'000'000);
  EXPECT_EQ(parse_rate("0.5/m"), 30'000'000);
  EXPECT_EQ(parse_rate("2/s"), 7'200'000'000);
  EXPECT_EQ(parse_rate("6"), std::nullopt);
  EXPECT_EQ(parse_rate("-6/h"), std::nullopt);
  EXPECT_EQ(parse_share("0.5%"), 5'000);
  EXPECT_EQ(parse_share("250ppm"), 250);
  EXPECT_EQ(parse_share("0.3"), std::nullopt);
  EXPECT_EQ(parse_drift("20ppm"), 20'000);
  EXPECT_EQ(parse_drift("-1%"), -10'000'000);
  EXPECT_EQ(parse_bytes("64KiB"), 65'536);
  EXPECT_EQ(parse_milli("0.5"), 500);
  EXPECT_EQ(parse_integer("1.0"), std::nullopt);
  EXPECT_EQ(parse_integer("9223372036854775808"), std::nullopt);
}

RC_GTEST_PROP(Units, DurationTextReadsBack, ()) {
  const std::int64_t ns = *rc::gen::inRange<std::int64_t>(0, std::int64_t{1} << 60);
  RC_ASSERT(parse_duration(duration_text(ns)) == ns);
}

RC_GTEST_PROP(Units, ShareTextReadsBack, ()) {
  const std::int64_t ppm = *rc::gen::inRange<std::int64_t>(0, 1'000'001);
  RC_ASSERT(parse_share(share_text(ppm)) == ppm);
}

} // namespace
} // namespace squall::scenarios
