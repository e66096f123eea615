// Messages between processes, and ends of conversations sent along with them.
#include "campaigns/inspect/channel.hpp"

#include "campaigns/inspect/protocol.hpp"

#include <gtest/gtest.h>

namespace squall::campaigns::inspect {
namespace {

TEST(Channel, CarriesMessagesAndEnds) {
  auto [ours, theirs] = channel::pair();
  auto [far, further] = channel::pair();
  ASSERT_TRUE(ours.send("with an end", &further));
  ASSERT_TRUE(ours.send(""));
  further.close();
  auto first = theirs.receive();
  ASSERT_TRUE(first);
  EXPECT_EQ(first->bytes, "with an end");
  ASSERT_TRUE(first->attached.open());
  ASSERT_TRUE(first->attached.send("through it"));
  EXPECT_EQ(far.receive()->bytes, "through it");
  auto second = theirs.receive();
  ASSERT_TRUE(second);
  EXPECT_EQ(second->bytes, "");
  EXPECT_FALSE(second->attached.open());
}

TEST(Channel, SaysThatTheOtherSideIsGone) {
  auto [ours, theirs] = channel::pair();
  theirs.close();
  EXPECT_FALSE(ours.receive());
  EXPECT_FALSE(ours.send("to nobody"));
}

TEST(Protocol, IsReadAsItWasWritten) {
  const request asked{verb::find, 7, "d3:7"};
  const auto read = decode_request(encode(asked));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->what, verb::find);
  EXPECT_EQ(read->number, 7U);
  EXPECT_EQ(read->text, "d3:7");
  const reply told{answer::behind, 1, 2, 3, 4, 5, 6, 7, true, "text"};
  const auto again = decode_reply(encode(told));
  ASSERT_TRUE(again);
  EXPECT_EQ(again->what, answer::behind);
  EXPECT_EQ(again->wanted, 5U);
  EXPECT_TRUE(again->ended);
  EXPECT_EQ(again->text, "text");
  EXPECT_FALSE(decode_reply("short"));
}

} // namespace
} // namespace squall::campaigns::inspect
