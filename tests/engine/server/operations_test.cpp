// What a server tells beside its answers: hints of commits, and what its operator says of devices out of contact.
#include "engine/server/listeners.hpp"
#include "engine/wire/codec.hpp"
#include "engine/wire/serialize.hpp"
#include "tests/engine/server/workbench.hpp"

#include <gtest/gtest.h>

namespace squall::server {
namespace {

// -- hints -------------------------------------------------------------------------------------------------------------

TEST(ServerListeners, AreToldOnceBetweenTwoOfTheirPulls) {
  listeners l(10);
  l.answered({1}, {{7}, 7, 1}, 0);
  l.answered({1}, {{8}, 8, 1}, 5);
  l.answered({2}, {{9}, 9, 1}, 5);
  auto told = l.to_tell({{1}, 8}, 6);
  ASSERT_EQ(told.size(), 1u) << "not the author, nor who listens elsewhere";
  EXPECT_EQ(told[0].device, 7u);
  EXPECT_TRUE(l.to_tell({{1}, 8}, 7).empty()) << "told already";
  l.answered({1}, {{7}, 7, 1}, 8);
  told = l.to_tell({{1}, 1}, 15);
  ASSERT_EQ(told.size(), 2u);
  EXPECT_EQ(told[1].device, 8u);
  l.answered({1}, {{8}, 8, 1}, 15);
  told = l.to_tell({{1}, 1}, 19);
  ASSERT_EQ(told.size(), 1u) << "the other one's last pull is too long ago, and it was told";
  EXPECT_EQ(told[0].device, 8u);
}

TEST(ServerListeners, WithoutATimeNobodyIsTold) {
  listeners l(0);
  l.answered({1}, {{7}, 7, 1}, 0);
  EXPECT_TRUE(l.to_tell({{1}, 1}, 0).empty());
}

std::vector<wire::Invalidation> hints(const bench& b) {
  std::vector<wire::Invalidation> out;
  const auto sent = b.replies.find(0); // nobody asked
  if (sent == b.replies.end())
    return out;
  EXPECT_EQ(sent->second.cls, io::message_class::invalidation);
  wire::frame frame;
  EXPECT_TRUE(wire::open(sent->second.bytes, frame).ok());
  EXPECT_TRUE(wire::parse(frame.body, out.emplace_back()));
  return out;
}

TEST(ServerHints, FollowACommitToThoseWhoPulledNotLongAgo) {
  bench b({.change = [](options& o) { o.invalidate_for = minute_ns; }});
  device author, reader;
  reader.id = 2;
  reader.user = 2;
  b.pull(author, {});
  b.pull(reader, {});
  const auto s = b.commit(author, {create(orders, {})});
  ASSERT_EQ(hints(b).size(), 1u);
  EXPECT_EQ(b.replies.at(0).to.value, 2u);
  EXPECT_EQ(hints(b)[0].scope(), 1u);
  EXPECT_EQ(hints(b)[0].generation(), 1u);
  EXPECT_EQ(hints(b)[0].head(), s);
  b.replies.erase(0);
  b.commit(author, {create(orders, {})});
  EXPECT_TRUE(hints(b).empty());
  b.pull(reader, {});
  b.now.mono += minute_ns + 1;
  b.commit(author, {create(orders, {})});
  EXPECT_TRUE(hints(b).empty()) << "too long ago";
  b.pull(reader, {});
  b.push(author, {author.act({update(orders, {9, 9, 9}, {})})});
  EXPECT_TRUE(hints(b).empty()) << "nothing was committed";
}

// -- the operator's word -----------------------------------------------------------------------------------------------

TEST(ServerRuling, IsToldWithEachAnswerAndOutlivesARestart) {
  bench b;
  device d;
  EXPECT_EQ(b.pull(d, {}).offline(), 0u);
  b.tell(io::offline_ruling{io::offline_rule::stopped});
  EXPECT_EQ(b.pull(d, {}).offline(), 2u);
  b.restart();
  EXPECT_EQ(b.push(d, {d.act({create(orders, {})})}).offline(), 2u);
  b.tell(io::offline_ruling{io::offline_rule::full});
  EXPECT_EQ(b.pull(d, {}).offline(), 0u);
}

} // namespace
} // namespace squall::server
