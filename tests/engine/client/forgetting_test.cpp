// A device forgets what was deleted behind the fence that it is told, and makes its store small again.
#include "tests/engine/client/bench.hpp"

#include <gtest/gtest.h>

#include <filesystem>

namespace squall::client {
namespace {

using telemetry::fact_kind;
using telemetry::probe;
using telemetry::sabotage;

/// Answers the next poll with a page that tells a fence.
void tell_fence(bench& b, std::uint64_t fence, std::vector<wire::ChangeEntry> entries, std::uint64_t next) {
  b.wait_for(io::message_class::pull);
  b.pull_request();
  auto r = page(b.cursor(), std::move(entries), next);
  r.set_fence(fence);
  b.reply(r);
}

/// The record is there at 12 and deleted at 14.
void bring_and_delete(bench& b) {
  auto made = entry(12, 10, other);
  put_row(made, theirs, memos, {{memo_text, text("theirs")}});
  b.answer_pull({made}, 12);
  auto deleted = entry(14, 12, {2, 1, 2});
  put_deleted(deleted, theirs, memos);
  deleted.mutable_rows(0)->set_presence_sequence(14);
  b.answer_pull({deleted}, 14);
}

wire::SnapshotResponse snapshot_at(std::uint64_t at, std::uint64_t fence, std::uint64_t of_generation = generation) {
  auto out = whole_snapshot(of_generation, at);
  out.set_fence(fence);
  return out;
}

void resync(bench& b, wire::ResyncReason why, std::uint64_t fence = 0) {
  b.wait_for(io::message_class::pull);
  b.pull_request();
  auto r = page(b.cursor(), {}, b.cursor().sequence);
  r.set_resync(why);
  r.set_fence(fence);
  b.reply(r);
  b.snapshot_request();
}

TEST(Forgetting, DropsTombstonesBehindTheToldFenceForGood) {
  bench b;
  b.settle_in();
  bring_and_delete(b);
  ASSERT_TRUE(b.row(theirs)) << "a tombstone";
  tell_fence(b, 13, {}, 14);
  EXPECT_TRUE(b.row(theirs)) << "deleted after the fence";
  b.facts.clear();
  tell_fence(b, 14, {}, 14);
  EXPECT_FALSE(b.row(theirs));
  EXPECT_EQ(b.client->fence(), 14u);
  ASSERT_EQ(b.facts_of(fact_kind::fence_told).size(), 1u);
  EXPECT_EQ(b.facts_of(fact_kind::fence_told)[0].sequence, 14u);
  EXPECT_EQ(b.facts_of(fact_kind::fence_told)[0].aux, generation);
  b.restart();
  EXPECT_EQ(b.client->fence(), 14u);
  EXPECT_FALSE(b.row(theirs));
}

TEST(Forgetting, TakesNoSmallerFenceAndForgetsWhatComesBehindItLater) {
  bench b;
  b.settle_in();
  tell_fence(b, 9, {}, 10);
  b.facts.clear();
  tell_fence(b, 5, {}, 10);
  EXPECT_EQ(b.client->fence(), 9u);
  EXPECT_TRUE(b.facts.empty());
  auto again = entry(12, 10, other); // it was deleted at 8, and once more now
  put_deleted(again, theirs, memos);
  again.mutable_rows(0)->set_presence_sequence(8);
  tell_fence(b, 9, {again}, 12);
  EXPECT_FALSE(b.row(theirs));
}

TEST(Forgetting, KeepsWhatAPendingIntentWorksOnUntilThatEnds) {
  bench b;
  b.settle_in();
  auto made = entry(12, 10, other);
  put_row(made, theirs, orders, {{order_note, text("theirs")}});
  b.answer_pull({made}, 12);
  b.accept({update(orders, theirs, {set(order_note, text("mine"))})});
  auto deleted = entry(14, 12, {2, 1, 2});
  put_deleted(deleted, theirs, orders);
  deleted.mutable_rows(0)->set_presence_sequence(14);
  tell_fence(b, 14, {deleted}, 14);
  EXPECT_TRUE(b.row(theirs, io::view_kind::confirmed));
  EXPECT_GT(b.hits(probe::tombstone_kept_for_pending), 0u);
  b.restart();
  b.wait_for(io::message_class::push);
  b.answer_push({ended(verdict_kind::rejected, verdict_rule::gone)});
  EXPECT_FALSE(b.row(theirs, io::view_kind::confirmed));
  EXPECT_EQ(b.status().surfaced, 1u);
}

TEST(Forgetting, FollowsASnapshotAndBeginsAnewInANewGeneration) {
  bench b;
  b.settle_in();
  resync(b, wire::RESYNC_BELOW_FENCE, 25);
  EXPECT_EQ(b.hits(probe::resync_below_fence), 1u);
  EXPECT_EQ(b.client->fence(), 0u) << "not before the snapshot is there";
  b.reply(snapshot_at(30, 25));
  EXPECT_EQ(b.client->fence(), 25u);
  resync(b, wire::RESYNC_OTHER_GENERATION);
  b.reply(snapshot_at(7, 2, generation + 1));
  EXPECT_EQ(b.client->fence(), 2u);
}

TEST(Forgetting, AsksForASnapshotWhenTheHeadIsFarAway) {
  bench b({.change = [](options& o) { o.sync.compact_above = 5; }});
  b.settle_in();
  const auto told_head = [&](std::uint64_t head) {
    b.wait_for(io::message_class::pull);
    EXPECT_FALSE(b.pull_request().compact());
    auto r = page(b.cursor(), {}, 10);
    r.set_head(head);
    b.reply(r);
    b.wait_for(io::message_class::pull);
  };
  told_head(15);
  told_head(16);
  EXPECT_TRUE(b.pull_request().compact());
}

TEST(Forgetting, TakesOverAStoreThatDidNotKnowWhenRecordsWereDeleted) {
  bench b;
  b.settle_in();
  bring_and_delete(b);
  b.crash();
  {
    auto db = store::connection::open(b.settings.store);
    ASSERT_TRUE(db.ok());
    ASSERT_TRUE(
        (*db)
            ->execute(
                "DROP TABLE scopes; ALTER TABLE state DROP COLUMN grant_changes; ALTER TABLE tasks DROP COLUMN scope;"
                "ALTER TABLE state DROP COLUMN grant_generation;"
                "ALTER TABLE rows DROP COLUMN shown_in; ALTER TABLE rows DROP COLUMN scope;"
                "ALTER TABLE queue DROP COLUMN scope;"
                "DROP INDEX rows_buried; ALTER TABLE rows DROP COLUMN buried;"
                "ALTER TABLE staging DROP COLUMN buried; DROP TABLE forgotten;"
                "ALTER TABLE state DROP COLUMN offline; DROP TABLE names; PRAGMA user_version = 2;")
            .ok());
  }
  b.start();
  EXPECT_TRUE(b.row(theirs));
  tell_fence(b, 14, {}, 14);
  EXPECT_FALSE(b.row(theirs));
}

TEST(Forgetting, GivesIdlePagesBackWhenNothingIsUnderWay) {
  bench b;
  b.settle_in();
  std::vector<wire::ChangeEntry> entries;
  for (std::uint64_t s = 11; s <= 210; ++s) {
    entries.push_back(entry(s, s - 1, {2, 1, s}));
    put_row(entries.back(), record_id::derive({2, 1, s}, 0), memos, {{memo_text, std::string(300, 'x')}});
  }
  entries.front().set_previous(10);
  b.answer_pull(entries, 210);
  const auto full = std::filesystem::file_size(b.path());
  resync(b, wire::RESYNC_BELOW_FLOOR);
  b.reply(snapshot_at(300, 0));
  EXPECT_GE(std::filesystem::file_size(b.path()), full);
  b.answer_pull({}, 300);
  EXPECT_EQ(b.hits(probe::store_made_smaller), 1u);
  EXPECT_LT(std::filesystem::file_size(b.path()), full / 2);
  b.restart();
  EXPECT_EQ(b.cursor().sequence, 300u);
}

TEST(ForgettingSabotage, ToldFenceIgnored) {
  bench b({.sabotages = {sabotage::told_fence_ignored}});
  b.settle_in();
  bring_and_delete(b);
  tell_fence(b, 14, {}, 14);
  EXPECT_TRUE(b.row(theirs));
}

TEST(ForgettingSabotage, FenceAheadOfThePage) {
  bench b({.sabotages = {sabotage::fence_ahead_of_page}});
  b.settle_in();
  resync(b, wire::RESYNC_BELOW_FENCE, 25);
  EXPECT_EQ(b.client->fence(), 25u);
}

TEST(ForgettingSabotage, DeletionSkipped) {
  bench b({.sabotages = {sabotage::deletion_skipped}});
  b.settle_in();
  bring_and_delete(b);
  EXPECT_FALSE(b.row(theirs)->deleted);
}

} // namespace
} // namespace squall::client
