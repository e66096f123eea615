// Places in a run as people name them.
#include "campaigns/inspect/where.hpp"

#include <gtest/gtest.h>

namespace squall::campaigns::inspect {
namespace {

constexpr std::int64_t second = 1'000'000'000;

TEST(Where, TakesTimesAsTheyAreWrittenAndAsTheyAreShown) {
  EXPECT_EQ(parse_moment("90s"), 90 * second);
  EXPECT_EQ(parse_moment("31m12.5s"), (31 * 60 + 12) * second + second / 2);
  EXPECT_EQ(parse_moment("1h 2m"), 3720 * second);
  EXPECT_EQ(parse_moment("00:31:12.120"), (31 * 60 + 12) * second + 120'000'000);
  EXPECT_EQ(parse_moment("1d 02:00:00"), 26 * 3600 * second);
  for (const char* wrong : {"", "31", "m", "00:61:00", "1:2", "d3:7", "00:00:", "crashed"})
    EXPECT_FALSE(parse_moment(wrong)) << wrong;
}

TEST(Where, TellsEntriesEventsAndTextsApart) {
  EXPECT_EQ(parse_where("start").what, verb::to_moment);
  EXPECT_EQ(parse_where("end").what, verb::to_end);
  EXPECT_EQ(parse_where("#812").what, verb::to_entry);
  EXPECT_EQ(parse_where("#812").number, 812U);
  EXPECT_EQ(parse_where("@5321").what, verb::to_moment);
  EXPECT_EQ(parse_where("@5321").number, 5321U);
  EXPECT_EQ(parse_where("12s").what, verb::to_time);
  EXPECT_EQ(parse_where("d3:7").what, verb::find);
  EXPECT_EQ(parse_where("d3:7").text, "d3:7");
}

} // namespace
} // namespace squall::campaigns::inspect
