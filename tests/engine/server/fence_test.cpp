// Deleted records are forgotten behind a fence that pulls move, as age, tasks and the living devices' cursors allow.
#include "tests/engine/server/fence_bench.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>

namespace squall::server {
namespace {

using telemetry::fact_kind;
using telemetry::probe;
using telemetry::sabotage;

TEST(ServerFence, WaitsForAgeAndForEveryDevicesCursor) {
  forgetful f;
  device a = numbered(1), other = numbered(2);
  f.pull(a, {});
  f.pull(other, {});
  record_id gone;
  const auto s = f.removed(a, &gone);
  EXPECT_EQ(f.pull(a, {.cursor = s}).fence(), 0u) << "too young";
  EXPECT_EQ(f.pull(other, {.cursor = s}).fence(), 0u);
  f.pass(remembered - 1);
  EXPECT_EQ(f.pull(a, {.cursor = s}).fence(), 0u);
  f.pass(1);
  f.b.facts.clear();
  const auto reply = f.pull(a, {.cursor = s});
  EXPECT_EQ(reply.fence(), s) << "the pull that moves it tells it";
  EXPECT_EQ(f.fence(), s);
  EXPECT_TRUE(f.b.rows({1}).empty());
  const auto moved = std::find_if(f.b.facts.begin(), f.b.facts.end(),
                                  [](const auto& fact) { return fact.kind == fact_kind::fence_moved; });
  ASSERT_NE(moved, f.b.facts.end());
  EXPECT_EQ(moved->sequence, s);
  EXPECT_EQ(moved->from_sequence, 0u);
  EXPECT_EQ(moved->aux, 1u);
  EXPECT_EQ(moved->wall, f.b.now.wall);
  EXPECT_EQ(f.b.facts.back().kind, fact_kind::page_served) << "and before the page";
  for (auto op : {update(orders, gone, {set(order_note, text("late"))}), restore(orders, gone), remove(orders, gone)}) {
    const auto v = f.push(other, {op});
    EXPECT_EQ(v.kind, verdict_kind::rejected);
    EXPECT_EQ(v.rule, verdict_rule::gone);
  }
}

TEST(ServerFence, IsHeldByALivingDeviceThatHasNotToldToBePast) {
  forgetful f;
  device a = numbered(1), other = numbered(2);
  f.pull(a, {});
  const auto s = f.removed(a);
  f.pull(other, {.cursor = s - 1});
  f.pass(remembered);
  EXPECT_EQ(f.pull(a, {.cursor = s}).fence(), 0u);
  EXPECT_GT(f.b.hits(probe::fence_held_by_device), 0u);
  EXPECT_EQ(f.pull(other, {.cursor = s}).fence(), s);
}

TEST(ServerFence, AnExpiredDeviceHoldsNothingAndLivesAgainWithItsNextPull) {
  forgetful f;
  device a = numbered(1), away = numbered(2);
  f.pull(away, {});
  record_id gone;
  const auto s = f.removed(a, &gone);
  f.pass(away_at_most);
  EXPECT_EQ(f.pull(a, {.cursor = s}).fence(), 0u) << "heard of just within the time";
  f.pass(1);
  EXPECT_EQ(f.pull(a, {.cursor = s}).fence(), s);
  EXPECT_EQ(f.push(away, {update(orders, gone, {add(order_count, 1)}), create(notes, {})}).rule, verdict_rule::gone);
  EXPECT_EQ(f.pull(away, {.cursor = 1}).resync(), wire::RESYNC_BELOW_FENCE);
  const auto next = f.removed(a);
  f.pass(remembered);
  EXPECT_EQ(f.pull(a, {.cursor = next}).fence(), s) << "it counts again";
}

TEST(ServerFence, APushKeepsADeviceLiving) {
  forgetful f;
  device a = numbered(1), away = numbered(2);
  f.pull(away, {});
  const auto s = f.removed(a);
  f.pass(away_at_most - 1);
  f.b.commit(away, {create(notes, {})});
  f.pass(away_at_most - 1);
  EXPECT_EQ(f.pull(a, {.cursor = s}).fence(), 0u);
  f.b.restart();
  EXPECT_EQ(f.pull(a, {.cursor = s}).fence(), 0u) << "over a restart, too";
}

TEST(ServerFence, APushIsHeardOfFromItsFirstIntentOn) {
  forgetful f;
  device a = numbered(1), away = numbered(2);
  f.pull(away, {});
  const auto s = f.removed(a);
  f.pass(away_at_most);
  f.b.send(f.b.push_request(away, {away.act({create(notes, {})}), away.act({create(notes, {})})}));
  const auto job = f.b.runnable.front();
  f.b.runnable.pop_front();
  f.b.resume(job);
  f.pass(1);
  f.b.drain();
  EXPECT_EQ(f.pull(a, {.cursor = s}).fence(), 0u);
}

TEST(ServerFence, AnOpenTaskHoldsItsRecordAndWhatWasRemovedWithIt) {
  forgetful f;
  device a = numbered(1), blind = numbered(2);
  const auto s0 = f.removed(a);
  const auto made = a.act({create(orders, {}), create(notes, {})});
  f.b.push(a, {made});
  a.seen.sequence = f.b.server->head({1})->sequence;
  blind.seen.sequence = a.seen.sequence;
  const auto s = f.b.commit(a, {remove(orders, made.operations[0].record), remove(notes, made.operations[1].record)});
  auto conflict = f.push(blind, {update(orders, made.operations[0].record, {set(order_note, text("mine"))})});
  ASSERT_EQ(conflict.kind, verdict_kind::conflicted);
  f.pass(remembered);
  EXPECT_EQ(f.pull(a, {.cursor = s}).fence(), s0);
  EXPECT_EQ(f.b.rows({1}).size(), 2u) << "the note was removed by the same intent";
  operation keep = remove(orders, made.operations[0].record);
  keep.task = conflict.task;
  keep.branches_seen = {{2, 1, blind.seq}};
  a.seen.sequence = s;
  const auto settled = f.b.commit(a, {keep});
  EXPECT_EQ(f.pull(a, {.cursor = settled}).fence(), s);
  EXPECT_TRUE(f.b.rows({1}).empty());
}

TEST(ServerFence, ASettledRecordThatLivesAgainIsNotForgottenAndItsEntryHoldsAllOfIt) {
  forgetful f;
  device a = numbered(1);
  record_id back;
  const auto first = f.removed(a, &back);
  a.seen.sequence = first;
  f.b.commit(a, {restore(orders, back)});
  const auto s = f.removed(a);
  f.pass(remembered);
  EXPECT_EQ(f.pull(a, {.cursor = s}).fence(), s);
  EXPECT_EQ(f.b.rows({1}).size(), 1u);
  const auto tail = f.b.pull(a, {1, s, 1});
  EXPECT_EQ(tail.entries_size(), 0);
  forgetful g;
  device b = numbered(1);
  const auto deleted = g.removed(b, &back);
  b.seen.sequence = deleted;
  g.b.commit(b, {restore(orders, back)});
  const auto page = g.pull(b, {.cursor = deleted});
  ASSERT_EQ(page.entries_size(), 1);
  EXPECT_EQ(page.entries(0).rows(0).fields_size(), 2) << "who forgot the tombstone must learn what it held";
}

TEST(ServerFence, KeepsCursorsAndItselfOverARestart) {
  forgetful f;
  device a = numbered(1), other = numbered(2);
  f.pull(other, {});
  const auto s = f.removed(a);
  f.pull(other, {.cursor = s});
  f.b.restart();
  f.pass(remembered);
  EXPECT_EQ(f.pull(a, {.cursor = s}).fence(), s);
  f.b.restart();
  EXPECT_EQ(f.fence(), s);
  EXPECT_EQ(f.pull(other, {.cursor = s - 1}).resync(), wire::RESYNC_BELOW_FENCE);
}

TEST(ServerFence, OnlyADevicesNewestIncarnationCounts) {
  forgetful f;
  device a = numbered(1);
  f.pull(a, {.cursor = 0, .incarnation = 1});
  const auto s = f.removed(a);
  f.pass(remembered);
  f.pull(a, {.cursor = s - 1, .incarnation = 77});
  EXPECT_EQ(f.pull(a, {.cursor = s, .incarnation = 1}).fence(), 0u) << "a copy that goes on as before";
  EXPECT_EQ(f.b.hits(probe::pull_of_old_incarnation), 1u);
  f.b.restart();
  EXPECT_EQ(f.pull(a, {.cursor = s, .incarnation = 1}).fence(), 0u);
  EXPECT_EQ(f.pull(a, {.cursor = s, .incarnation = 77}).fence(), s);
}

TEST(ServerFence, SendsWhoHasNothingAndOldSnapshotsToANewOne) {
  forgetful f({}, [](options& o) { o.snapshot_page_rows = 1; });
  device a = numbered(1), fresh = numbered(4);
  f.b.commit(a, {create(notes, {})});
  f.b.commit(a, {create(notes, {})});
  const auto old = f.b.snapshot(a);
  const auto s = f.removed(a);
  f.pass(remembered);
  f.pull(a, {.cursor = s});
  EXPECT_EQ(f.b.snapshot(a, old.snapshot(), 1).status(), 410u);
  EXPECT_EQ(f.pull(fresh, {}).resync(), wire::RESYNC_BELOW_FENCE);
  const auto now = f.b.snapshot(fresh);
  EXPECT_EQ(now.at().sequence(), s);
  EXPECT_EQ(now.fence(), s);
  EXPECT_EQ(f.pull(fresh, {.cursor = s}).resync(), wire::RESYNC_NONE);
}

std::string bytes_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST(ServerFence, PullsThatTellNothingOfUseWriteNothing) {
  forgetful f;
  device a = numbered(1);
  f.pull(a, {});
  for (int i = 0; i < 5; ++i)
    f.b.commit(a, {create(notes, {})});
  const auto before = bytes_of(f.b.settings.store.path);
  for (std::uint64_t s = 1; s <= 5; ++s)
    f.pull(a, {.cursor = s});
  EXPECT_TRUE(bytes_of(f.b.settings.store.path) == before) << "no tombstone lies between";
  const auto s = f.removed(a);
  const auto removed = bytes_of(f.b.settings.store.path);
  f.pull(a, {.cursor = s});
  const auto told = bytes_of(f.b.settings.store.path);
  EXPECT_FALSE(told == removed) << "the fence will ask for this one";
  f.pull(a, {.cursor = s});
  EXPECT_TRUE(bytes_of(f.b.settings.store.path) == told);
}

TEST(ServerFence, APullPrunesTheVerdictsThatItsDeviceHoldsWhereTheyAreWorthATransaction) {
  bench b;
  device d;
  std::vector<intent> all;
  for (int i = 0; i < 17; ++i)
    all.push_back(d.act({create(notes, {})}));
  b.push(d, all);
  wire::PullRequest r;
  r.set_token(b.token(1, 1));
  r.set_device(1);
  r.set_incarnation(1);
  r.set_scope(1);
  r.set_verdicts_through(15);
  b.send(r);
  b.drain();
  EXPECT_EQ(b.push(d, {all[0]}).verdicts(0).verdict().kind(), static_cast<std::uint32_t>(verdict_kind::applied));
  EXPECT_EQ(b.hits(probe::push_forgotten), 0u);
  r.set_verdicts_through(16);
  b.send(r);
  b.drain();
  EXPECT_EQ(b.push(d, {all[0]}).verdicts(0).verdict().kind(), static_cast<std::uint32_t>(verdict_kind::duplicate));
  EXPECT_EQ(b.hits(probe::push_forgotten), 1u);
}

TEST(ServerFence, AStoreOfTheLayoutBeforeIsTakenOverAndItsEntriesAreNotTrusted) {
  forgetful f({}, [](options& o) { o.tombstones_for = 0; });
  device a = numbered(1);
  const auto s = f.removed(a);
  f.b.server.reset();
  {
    auto db = store::connection::open(f.b.settings.store);
    ASSERT_TRUE(db.ok());
    ASSERT_TRUE(
        (*db)
            ->execute("DROP VIEW feed; DROP TABLE arrivals; DROP TABLE grant_versions; DROP TABLE tombstones; "
                      "DROP TABLE devices; DROP TABLE heard; DROP INDEX orphans_by_child;"
                      "ALTER TABLE scopes DROP COLUMN fence; ALTER TABLE meta DROP COLUMN buried;"
                      "ALTER TABLE meta DROP COLUMN partial_through; ALTER TABLE meta DROP COLUMN offline; "
                      "ALTER TABLE log DROP COLUMN audit; DROP TABLE audit; "
                      "ALTER TABLE meta DROP COLUMN backed_up_through; DROP TABLE generations; DROP TABLE issuer_keys;"
                      "PRAGMA user_version = 2;")
            .ok());
  }
  f.b.settings.tombstones_for = remembered;
  f.b.restart();
  EXPECT_EQ(f.b.rows({1}).size(), 1u);
  EXPECT_EQ(f.pull(a, {.cursor = s - 1}).resync(), wire::RESYNC_BELOW_FLOOR);
  f.pass(remembered - 1);
  EXPECT_EQ(f.pull(a, {.cursor = s}).fence(), 0u) << "its age counts from now";
  f.pass(remembered);
  EXPECT_EQ(f.pull(a, {.cursor = s}).fence(), s);
  f.b.settings.tombstones_for = 0;
  f.b.restart();
  EXPECT_EQ(f.pull(a, {.cursor = s - 1}).resync(), wire::RESYNC_BELOW_FENCE) << "what is forgotten stays forgotten";
}

// -- known bugs --------------------------------------------------------------------------------------------------------

struct story {
  explicit story(sabotage bug) : f({bug}) {
    f.pull(away, {});
    s = f.removed(a, &gone);
    f.pass(away_at_most + 1);
    fence = f.pull(a, {.cursor = s}).fence();
  }
  forgetful f;
  device a = numbered(1), away = numbered(2);
  record_id gone;
  std::uint64_t s = 0, fence = 0;
};

TEST(FenceSabotage, TailBelowFence) {
  story t(sabotage::tail_below_fence);
  EXPECT_EQ(t.f.pull(t.away, {.cursor = 1}).resync(), wire::RESYNC_NONE);
}

TEST(FenceSabotage, UpdateRecreatesForgotten) {
  story t(sabotage::update_recreates_forgotten);
  EXPECT_EQ(t.f.push(t.away, {update(orders, t.gone, {add(order_count, 1)})}).kind, verdict_kind::applied);
  EXPECT_EQ(t.f.b.rows({1}).size(), 1u);
}

TEST(FenceSabotage, ExpiredDevicePins) { EXPECT_EQ(story(sabotage::expired_device_pins).fence, 0u); }

TEST(FenceSabotage, ExpiredDedupeDropped) {
  forgetful f({sabotage::expired_dedupe_dropped});
  device a = numbered(1), away = numbered(2);
  const auto once = away.act({create(notes, {})});
  f.b.push(away, {once});
  f.pull(away, {});
  const auto s = f.removed(a);
  f.pass(away_at_most + 1);
  f.pull(a, {.cursor = s});
  EXPECT_NE(f.b.push(away, {once}).verdicts(0).verdict().sequence(), 1u);
}

TEST(FenceSabotage, WatermarkByAge) {
  forgetful f({sabotage::watermark_by_age});
  device a = numbered(1), other = numbered(2);
  f.pull(other, {});
  const auto s = f.removed(a);
  f.pass(remembered);
  EXPECT_EQ(f.pull(a, {.cursor = s}).fence(), s);
}

TEST(FenceSabotage, SnapshotBelowFence) {
  forgetful f({sabotage::snapshot_below_fence}, [](options& o) { o.snapshot_page_rows = 1; });
  device a = numbered(1);
  f.b.commit(a, {create(notes, {})});
  f.b.commit(a, {create(notes, {})});
  const auto old = f.b.snapshot(a);
  const auto s = f.removed(a);
  f.pass(remembered);
  f.pull(a, {.cursor = s});
  EXPECT_EQ(f.b.snapshot(a, old.snapshot(), 1).status(), 200u);
}

TEST(FenceSabotage, OpenTaskForgotten) {
  forgetful f({sabotage::open_task_forgotten});
  device a = numbered(1), blind = numbered(2);
  record_id which;
  const auto s = f.removed(a, &which);
  blind.seen.sequence = s - 1;
  ASSERT_EQ(f.push(blind, {update(orders, which, {set(order_note, text("mine"))})}).kind, verdict_kind::conflicted);
  f.pass(remembered);
  EXPECT_EQ(f.pull(a, {.cursor = s}).fence(), s);
}

} // namespace
} // namespace squall::server
