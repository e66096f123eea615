#include "engine/wire/codec.hpp"
#include "tests/engine/server/workbench.hpp"

#include <gtest/gtest.h>

namespace squall::server {
namespace {

using telemetry::probe;

io::cursor cursor_of(const wire::Cursor& c) { return {c.generation(), c.sequence(), c.scope_version()}; }

/// A device of user 4, who may write scopes 1 and 2.
device writer(std::uint32_t id, scope_id scope) {
  device d;
  d.id = id, d.user = 4, d.scope = scope;
  return d;
}

TEST(ServerPull, ServesAScopesEntriesOnlyEachNamingTheOneBefore) {
  bench b;
  device one = writer(4, {1}), two = writer(5, {2});
  b.commit(one, {create(orders, {})});
  b.commit(two, {create(orders, {})});
  b.commit(two, {create(orders, {})});
  b.commit(one, {create(orders, {})});
  const auto page = b.pull(one, {});
  EXPECT_EQ(page.status(), 200u);
  ASSERT_EQ(page.entries_size(), 2);
  EXPECT_EQ(page.entries(0).sequence(), 1u);
  EXPECT_EQ(page.entries(0).previous(), 0u);
  EXPECT_EQ(page.entries(1).sequence(), 4u);
  EXPECT_EQ(page.entries(1).previous(), 1u);
  EXPECT_EQ(wire::from_wire(page.entries(1).intent()), (intent_id{4, 1, 2}));
  EXPECT_EQ(cursor_of(page.next()), (io::cursor{1, 4, 1}));
  EXPECT_EQ(page.head(), 4u);
  EXPECT_EQ(page.backed_up_through(), 4u);
  EXPECT_FALSE(page.more());
  EXPECT_EQ(page.resync(), wire::RESYNC_NONE);
}

TEST(ServerPull, ShowsWhatChangedAndNoDerivedField) {
  bench b;
  device d;
  b.commit(d, {create(orders, {set(order_note, text("a")), add(order_count, 2)})});
  const record_id order = record_id::derive({1, 1, 1}, 0);
  b.commit(d, {create(lines, {set(line_order, order), add(line_quantity, 3), set(line_price, std::int64_t{7})})});
  d.seen.sequence = 2;
  b.commit(d, {update(orders, order, {add(order_count, 1)})});
  b.commit(d, {remove(orders, order)});
  const auto page = b.pull(d, {1, 1, 1});
  ASSERT_EQ(page.entries_size(), 3);
  ASSERT_EQ(page.entries(0).rows_size(), 1) << "the order's total is not in the feed";
  EXPECT_EQ(page.entries(0).rows(0).fields_size(), 3);
  const auto& counted = page.entries(1).rows(0);
  ASSERT_EQ(counted.fields_size(), 1);
  EXPECT_EQ(counted.fields(0).field(), order_count);
  EXPECT_EQ(counted.fields(0).value().integer(), 3);
  EXPECT_EQ(counted.fields(0).sequence(), 3u);
  EXPECT_EQ(page.entries(2).rows(0).change(), static_cast<std::uint32_t>(telemetry::row_change::deleted));
  EXPECT_EQ(field_of(b.rows({1}).at(record_id::derive({1, 1, 2}, 0)), line_price), value{std::int64_t{7}});
}

TEST(ServerPull, EndsAPageAtItsLimitAndSaysThatThereIsMore) {
  bench b({.change = [](options& o) { o.page_limit_max = 3; }});
  device d;
  for (int i = 0; i < 5; ++i)
    b.commit(d, {create(orders, {}), create(notes, {})});
  const auto two = b.pull(d, {}, 2);
  EXPECT_EQ(two.entries_size(), 2);
  EXPECT_TRUE(two.more());
  EXPECT_EQ(two.entries(1).rows_size(), 2) << "an entry is whole";
  const auto three = b.pull(d, cursor_of(two.next()), 100);
  EXPECT_EQ(three.entries_size(), 3) << "the server's own limit";
  EXPECT_FALSE(three.more());
  EXPECT_EQ(b.pull(d, {}).entries_size(), 3);
  const auto none = b.pull(d, cursor_of(three.next()));
  EXPECT_EQ(none.entries_size(), 0);
  EXPECT_EQ(cursor_of(none.next()), cursor_of(three.next()));
}

TEST(ServerPull, TellsANewClientItsGenerationInAnEmptyPage) {
  bench b;
  const auto page = b.pull(device{}, {});
  EXPECT_EQ(page.resync(), wire::RESYNC_NONE);
  EXPECT_EQ(cursor_of(page.next()), (io::cursor{1, 0, 1}));
}

TEST(ServerPull, AsksForAResyncWhereACursorCannotBeAnswered) {
  bench b({.change = [](options& o) { o.retention_entries = 2; }});
  device d;
  for (int i = 0; i < 5; ++i)
    b.commit(d, {create(orders, {})});
  EXPECT_EQ(b.pull(d, {1, 2, 1}).resync(), wire::RESYNC_BELOW_FLOOR);
  EXPECT_EQ(b.pull(d, {}).resync(), wire::RESYNC_BELOW_FLOOR);
  EXPECT_EQ(b.pull(d, {2, 4, 1}).resync(), wire::RESYNC_OTHER_GENERATION);
  EXPECT_EQ(b.pull(d, {1, 6, 1}).resync(), wire::RESYNC_FROM_FUTURE);
  EXPECT_EQ(b.pull(d, {1, 4, 2}).resync(), wire::RESYNC_SCOPE_CHANGED);
  const auto below = b.pull(d, {1, 2, 1});
  EXPECT_EQ(below.entries_size(), 0);
  EXPECT_EQ(cursor_of(below.next()), (io::cursor{1, 2, 1}));
  const auto tail = b.pull(d, {1, 3, 1});
  EXPECT_EQ(tail.resync(), wire::RESYNC_NONE) << "nothing after this cursor was trimmed";
  ASSERT_EQ(tail.entries_size(), 2);
  EXPECT_EQ(tail.entries(0).previous(), 3u);
}

TEST(ServerPull, AnswersACompactPullWithAResyncUnlessThereIsNothingNew) {
  bench b;
  device d;
  b.commit(d, {create(orders, {})});
  EXPECT_EQ(b.pull(d, {}, 0, true).resync(), wire::RESYNC_COMPACT);
  EXPECT_EQ(b.pull(d, {1, 1, 1}, 0, true).resync(), wire::RESYNC_NONE);
}

TEST(ServerPull, KeepsRetentionPerScopeAndAcrossRestarts) {
  bench b({.change = [](options& o) { o.retention_entries = 3; }});
  device one = writer(4, {1}), two = writer(5, {2});
  b.commit(two, {create(orders, {})});
  for (int i = 0; i < 4; ++i)
    b.commit(one, {create(orders, {})});
  b.restart();
  b.commit(one, {create(orders, {})});
  EXPECT_EQ(b.pull(one, {1, 2, 1}).resync(), wire::RESYNC_BELOW_FLOOR);
  EXPECT_EQ(b.pull(one, {1, 3, 1}).entries_size(), 3);
  EXPECT_EQ(b.pull(two, {}).entries_size(), 1) << "another scope's commits trim nothing here";
}

TEST(ServerPull, TrimsTowardsALoweredRetentionAFewEntriesACommit) {
  bench b;
  device d;
  for (int i = 0; i < 30; ++i)
    b.commit(d, {create(orders, {})});
  b.settings.retention_entries = 2;
  b.restart();
  b.commit(d, {create(orders, {})});
  EXPECT_EQ(b.pull(d, {1, 8, 1}).entries_size(), 23);
  EXPECT_EQ(b.pull(d, {1, 7, 1}).resync(), wire::RESYNC_BELOW_FLOOR);
  for (int i = 0; i < 4; ++i)
    b.commit(d, {create(orders, {})});
  EXPECT_EQ(b.pull(d, {1, 33, 1}).entries_size(), 2);
  EXPECT_EQ(b.pull(d, {1, 32, 1}).resync(), wire::RESYNC_BELOW_FLOOR);
}

TEST(ServerPull, IsForbiddenWithoutAGrantAndUnauthorizedWithoutAToken) {
  bench b;
  device outsider;
  outsider.id = 3, outsider.user = 3;
  const auto refused = b.pull(outsider, {});
  EXPECT_EQ(refused.status(), 403u);
  EXPECT_EQ(refused.head(), 0u);
  EXPECT_EQ(b.snapshot(outsider).status(), 403u);
  wire::PullRequest bare;
  bare.set_device(1);
  bare.set_scope(1);
  const auto sent = b.send(bare);
  EXPECT_EQ(b.pull_reply(sent).status(), 401u);
}

TEST(ServerPull, JudgesTheTokenWhenThePageIsMade) {
  bench b;
  wire::PullRequest r;
  r.set_token(b.token(1, 1, 100));
  r.set_device(1);
  r.set_scope(1);
  const auto sent = b.send(r);
  b.now.wall = 100;
  b.drain();
  EXPECT_EQ(b.pull_reply(sent).status(), 401u);
}

TEST(ServerPull, SeesWhatIsCommittedWhenItsTurnComes) {
  bench b;
  device d, reader;
  reader.id = 2, reader.user = 2;
  b.send(b.push_request(d, {d.act({create(orders, {})}), d.act({create(orders, {})})}));
  b.resume(1);
  wire::PullRequest r;
  r.set_token(b.token(2, 2));
  r.set_device(2);
  r.set_scope(1);
  const auto between = b.send(r);
  b.resume(2);
  EXPECT_EQ(b.pull_reply(between).entries_size(), 1) << "the push is half done, its first intent whole";
  b.drain();
  EXPECT_EQ(b.pull(reader, {}).entries_size(), 2);
}

TEST(ServerPull, CountsFromTheFirstSequenceThatItIsGiven) {
  bench b({.change = [](options& o) { o.first_sequence = (1ull << 53) - 1; }});
  device d;
  EXPECT_EQ(b.commit(d, {create(orders, {})}), (1ull << 53) - 1);
  EXPECT_EQ(b.commit(d, {create(orders, {})}), 1ull << 53);
  b.restart();
  EXPECT_EQ(b.commit(d, {create(orders, {})}), (1ull << 53) + 1);
  EXPECT_EQ(b.pull(d, {}).entries(2).previous(), 1ull << 53);
}

// -- snapshots ---------------------------------------------------------------------------------------------------------

TEST(ServerSnapshot, ShowsEveryRowOfTheScopeAtOnePositionInPages) {
  bench b({.change = [](options& o) { o.snapshot_page_rows = 2; }});
  device d;
  for (int i = 0; i < 5; ++i)
    b.commit(d, {create(orders, {add(order_count, i)})});
  const auto first = b.snapshot(d);
  EXPECT_EQ(first.status(), 200u);
  EXPECT_EQ(first.rows_size(), 2);
  EXPECT_FALSE(first.last());
  EXPECT_EQ(cursor_of(first.at()), (io::cursor{1, 5, 1}));
  b.commit(d, {update(orders, record_id::derive({1, 1, 5}, 0), {add(order_count, 100)})});
  b.commit(d, {create(orders, {})});
  const auto second = b.snapshot(d, first.snapshot(), 1);
  const auto third = b.snapshot(d, first.snapshot(), 2);
  EXPECT_EQ(second.rows_size(), 2);
  ASSERT_EQ(third.rows_size(), 1);
  EXPECT_TRUE(third.last());
  EXPECT_EQ(third.at().sequence(), 5u) << "as it was when the snapshot was made";
  EXPECT_EQ(third.head(), 7u);
  EXPECT_EQ(third.rows(0).fields(0).value().integer(), 4);
  EXPECT_EQ(b.snapshot(d, first.snapshot(), 3).status(), 410u);
}

TEST(ServerSnapshot, OfAnEmptyScopeIsOneEmptyPage) {
  bench b;
  const auto page = b.snapshot(device{});
  EXPECT_EQ(page.status(), 200u);
  EXPECT_EQ(page.rows_size(), 0);
  EXPECT_TRUE(page.last());
  EXPECT_EQ(page.at().sequence(), 0u);
}

TEST(ServerSnapshot, IsSharedWhileItShowsTheHead) {
  bench b;
  device d;
  b.commit(d, {create(orders, {})});
  const auto first = b.snapshot(d), second = b.snapshot(d);
  EXPECT_EQ(first.snapshot(), second.snapshot());
  b.commit(d, {create(orders, {})});
  EXPECT_NE(b.snapshot(d).snapshot(), first.snapshot());
  EXPECT_EQ(b.hits(probe::snapshot_made), 2u);
  EXPECT_EQ(b.hits(probe::snapshot_reused), 1u);
}

TEST(ServerSnapshot, IsGoneAfterEnoughNewerOnesOfItsScope) {
  bench b({.change = [](options& o) { o.snapshots_kept = 2; }});
  device d = writer(4, {1}), other = writer(5, {2});
  b.commit(d, {create(orders, {})});
  b.commit(other, {create(orders, {})});
  const auto elsewhere = b.snapshot(other).snapshot();
  const auto first = b.snapshot(d).snapshot();
  b.commit(d, {create(orders, {})});
  const auto second = b.snapshot(d).snapshot();
  EXPECT_EQ(b.snapshot(d, first).status(), 200u);
  b.commit(d, {create(orders, {})});
  b.snapshot(d);
  EXPECT_EQ(b.snapshot(d, first).status(), 410u);
  EXPECT_EQ(b.snapshot(d, second).status(), 200u);
  EXPECT_EQ(b.snapshot(other, elsewhere).status(), 200u);
  EXPECT_EQ(b.snapshot(d, elsewhere).status(), 410u) << "of another scope";
}

TEST(ServerSnapshot, CarriesDeletedRowsWithWhatARestoreBringsBack) {
  bench b;
  device d;
  b.commit(d, {create(orders, {set(order_note, text("kept"))})});
  const record_id order = record_id::derive({1, 1, 1}, 0);
  b.commit(d, {remove(orders, order)});
  const auto page = b.snapshot(d);
  ASSERT_EQ(page.rows_size(), 1);
  EXPECT_EQ(page.rows(0).change(), static_cast<std::uint32_t>(telemetry::row_change::deleted));
  ASSERT_EQ(page.rows(0).fields_size(), 1);
  EXPECT_EQ(page.rows(0).fields(0).value().text(), "kept");
  EXPECT_TRUE(b.rows({1}).at(order).fields.empty());
  b.commit(d, {restore(orders, order)});
  EXPECT_EQ(field_of(b.rows({1}).at(order), order_note), text("kept"));
}

TEST(ServerSnapshot, NamesTheOwnIntentsThatItHolds) {
  bench b({.change = [](options& o) { o.snapshot_page_rows = 1; }});
  device d, other;
  other.id = 2, other.user = 2;
  b.commit(d, {create(orders, {add(order_count, 1)})}); // 1:1
  b.commit(d, {create(notes, {})});                     // 1:2
  const record_id order = record_id::derive({1, 1, 1}, 0);
  b.push(d, {d.act({update(orders, record_id::derive({7, 1, 1}, 0), {add(order_count, 1)})})}, {}); // 1:3, rejected
  b.commit(d, {update(orders, order, {add(order_count, 1)})});                                      // 1:4
  b.commit(other, {update(orders, order, {add(order_count, 1)})});
  const auto first = b.snapshot(d);
  EXPECT_FALSE(first.last());
  EXPECT_EQ(first.own_size(), 0) << "said once, with the page that is swapped in";
  b.commit(d, {update(orders, order, {add(order_count, 1)})}); // 1:5, later than the snapshot
  const auto last = b.snapshot(d, first.snapshot(), 1);
  ASSERT_TRUE(last.last());
  ASSERT_EQ(last.own_size(), 3);
  const std::uint64_t seqs[] = {1, 2, 4}, sequences[] = {1, 2, 3};
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(last.own(i).incarnation(), 1u);
    EXPECT_EQ(last.own(i).seq(), seqs[i]);
    EXPECT_EQ(last.own(i).sequence(), sequences[i]);
  }
  EXPECT_EQ(b.snapshot(other, first.snapshot(), 1).own_size(), 1) << "each device is told of its own";
}

TEST(ServerSnapshot, DoesNotNameIntentsWhoseVerdictsTheDeviceHolds) {
  bench b;
  device d;
  b.commit(d, {create(orders, {})});
  b.commit(d, {create(orders, {})});
  b.push(d, {d.act({create(orders, {})})}, {.verdicts_through = 2});
  const auto page = b.snapshot(d);
  ASSERT_EQ(page.own_size(), 1);
  EXPECT_EQ(page.own(0).seq(), 3u);
}

} // namespace
} // namespace squall::server
