#include "engine/wire/codec.hpp"
#include "tests/engine/server/workbench.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace squall::server {
namespace {

TEST(ServerRestart, KeepsRowsFeedVerdictsAndGrantsAndLosesJobs) {
  bench b;
  device d;
  const auto first = d.act({create(orders, {add(order_count, 1)})});
  const auto second = d.act({create(orders, {add(order_count, 2)})});
  const auto lost = b.send(b.push_request(d, {first, second}));
  b.resume(1);
  b.settings.grants = {};
  b.restart();
  b.drain();
  EXPECT_FALSE(b.answered(lost));
  const auto reply = b.push(d, {first, second});
  ASSERT_EQ(reply.verdicts_size(), 2);
  EXPECT_TRUE(reply.verdicts(0).verdict().was_duplicate());
  EXPECT_EQ(reply.verdicts(0).verdict().sequence(), 1u);
  EXPECT_FALSE(reply.verdicts(1).verdict().was_duplicate());
  EXPECT_EQ(reply.verdicts(1).verdict().sequence(), 2u);
  EXPECT_EQ(b.pull(d, {}).entries_size(), 2) << "the store's grants hold, not the options'";
}

TEST(ServerRestart, IgnoresJobsOfAnEarlierLife) {
  bench b;
  device d;
  b.send(b.push_request(d, {d.act({create(orders, {})})}));
  b.restart();
  b.resume(1);
  EXPECT_TRUE(b.rows({1}).empty());
  EXPECT_TRUE(b.replies.empty());
}

TEST(ServerRestart, ServesASnapshotThatWasMadeBefore) {
  bench b({.change = [](options& o) { o.snapshot_page_rows = 1; }});
  device d;
  b.commit(d, {create(orders, {})});
  b.commit(d, {create(orders, {})});
  const auto first = b.snapshot(d);
  b.restart();
  const auto second = b.snapshot(d, first.snapshot(), 1);
  EXPECT_EQ(second.status(), 200u);
  EXPECT_TRUE(second.last());
}

TEST(ServerRestart, RefusesAStoreOfANewerLayout) {
  bench b;
  {
    b.server.reset();
    auto db = store::connection::open(b.settings.store);
    ASSERT_TRUE(db.ok());
    ASSERT_TRUE((*db)->execute("PRAGMA user_version = 1000").ok());
  }
  auto opened = replica::open(b.settings);
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.err().code, errc::unsupported);
}

TEST(ServerRestart, FailsOnARowThatCannotBeReadAndSaysWhich) {
  bench b;
  device d;
  b.commit(d, {create(orders, {})});
  b.server.reset();
  {
    auto db = store::connection::open(b.settings.store);
    ASSERT_TRUE(db.ok());
    ASSERT_TRUE((*db)->execute("UPDATE rows SET state = x'ff'").ok());
  }
  auto opened = replica::open(b.settings);
  ASSERT_TRUE(opened.ok());
  io::effects out;
  device again = d;
  const auto request =
      b.push_request(d, {again.act({update(orders, record_id::derive({1, 1, 1}, 0), {add(order_count, 1)})})});
  (*opened)->handle(io::received{{1}, wire::seal(request, {wire::message_kind::push_request, 1})}, {}, out);
  ASSERT_EQ(out.runnable.size(), 1u);
  (*opened)->handle(io::resume{out.runnable[0]}, {}, out);
  ASSERT_TRUE(out.failed);
  EXPECT_EQ(out.failed->code, errc::corrupt);
  EXPECT_NE(out.failed->message.find("d1.1:1/0"), std::string::npos);
}

TEST(ServerRestart, CanRebuildItsRowsFromTheLogAlone) {
  bench b({.change = [](options& o) { o.retention_entries = 2; }});
  device d, other;
  other.id = 2;
  for (int i = 0; i < 6; ++i) {
    b.commit(d, {create(orders, {add(order_count, i)})});
    other.seen.sequence = b.server->head({1})->sequence;
    b.commit(other, {update(orders, record_id::derive({1, 1, d.seq}, 0), {add(order_count, 10)})});
  }
  const auto before = b.rows({1});
  b.server.reset();
  std::vector<wire::FramedIntent> logged;
  {
    auto db = store::connection::open(b.settings.store);
    ASSERT_TRUE(db.ok());
    auto s = (*db)->prepare("SELECT seq, hash, body FROM log ORDER BY s");
    ASSERT_TRUE(s.ok());
    while (*s->step()) {
      auto& f = logged.emplace_back();
      f.set_seq(static_cast<std::uint64_t>(s->integer(0)));
      f.set_hash(static_cast<std::uint64_t>(s->integer(1)));
      f.set_body(std::string(s->blob(2)));
    }
  }
  ASSERT_EQ(logged.size(), 12u) << "retention trims the feed, not the log";
  bench rebuilt;
  for (const auto& f : logged) {
    const auto in = wire::decode_intent(f.body());
    ASSERT_TRUE(in.ok());
    device author;
    author.id = in->id.device;
    auto request = rebuilt.push_request(author, {});
    *request.add_intents() = f;
    rebuilt.send(request);
    rebuilt.drain();
  }
  const auto after = rebuilt.rows({1});
  ASSERT_EQ(after.size(), before.size());
  for (const auto& [id, row] : before)
    EXPECT_EQ(field_of(row, order_count), field_of(after.at(id), order_count));
}

} // namespace
} // namespace squall::server
