// A server whose store is copied now and then, and one that starts from such a copy.
#include "engine/server/audit_log.hpp"
#include "tests/engine/server/workbench.hpp"

#include <gtest/gtest.h>

#include <cstdio>
#include <filesystem>

namespace squall::server {
namespace {

using telemetry::probe;

bench_options with_backups(std::vector<telemetry::sabotage> sabotages = {}) {
  return {std::move(sabotages), [](options& o) { o.backups = true; }};
}

/// A bench, and a copy of its store beside it.
class Backups : public testing::Test {
protected:
  Backups() : b(with_backups()) {}
  ~Backups() override { std::remove(copy().c_str()); }
  std::string copy() const { return b.settings.store.path + ".copy"; }

  void back_up() {
    b.tell(io::backup{});
    namespace fs = std::filesystem;
    fs::copy_file(b.settings.store.path, copy(), fs::copy_options::overwrite_existing);
  }
  void restore(std::uint64_t generation) {
    b.server.reset();
    namespace fs = std::filesystem;
    fs::copy_file(copy(), b.settings.store.path, fs::copy_options::overwrite_existing);
    b.settings.generation = generation;
    b.restart();
  }
  std::uint64_t commit() { return b.commit(d, {create(notes, {set(note_text, text("x"))})}); }

  bench b;
  device d;
};

TEST_F(Backups, OnlyWhatACopyHoldsCountsAsBackedUp) {
  commit();
  EXPECT_EQ(b.pull(d, {}).backed_up_through(), 0u);
  b.facts.clear();
  back_up();
  ASSERT_EQ(b.facts.size(), 1u);
  EXPECT_EQ(b.facts[0].kind, telemetry::fact_kind::backed_up);
  EXPECT_EQ(b.facts[0].sequence, 1u);
  EXPECT_EQ(b.facts[0].aux, 1u);
  commit();
  EXPECT_EQ(b.pull(d, {}).backed_up_through(), 1u);
  EXPECT_EQ(b.snapshot(d).backed_up_through(), 1u);
  b.restart();
  EXPECT_EQ(b.pull(d, {}).backed_up_through(), 1u);
}

TEST(NoBackups, EverythingCountsAsBackedUp) {
  bench b;
  device d;
  b.commit(d, {create(notes, {})});
  EXPECT_EQ(b.pull(d, {}).backed_up_through(), 1u);
}

TEST_F(Backups, GrantsAreThoseOfTheCopyAndNewsToWhoHadOthers) {
  const auto told = [&](std::uint64_t generation, std::uint64_t changes) {
    wire::PullRequest knows;
    knows.set_token(b.token(1, 1));
    knows.set_device(1);
    knows.set_incarnation(1);
    knows.set_scope(1);
    knows.set_grant_generation(generation);
    knows.set_grant_changes(changes);
    const auto sent = b.send(knows);
    b.drain();
    return b.pull_reply(sent);
  };
  const auto grant = [&](std::uint32_t scope) {
    b.tell(io::grant_change{.user = 1, .scope = {scope}, .role = 0, .withdrawn = false});
  };
  back_up();
  grant(2);
  EXPECT_EQ(told(0, 0).grant_changes(), 1u);
  EXPECT_EQ(told(1, 1).grants_size(), 0);
  restore(2);
  EXPECT_EQ(told(0, 0).grants_size(), 0) << "it was never told of any other";
  const auto undone = told(1, 1);
  EXPECT_EQ(undone.grants_size(), 1);
  EXPECT_EQ(undone.grant_changes(), 0u);
  EXPECT_EQ(undone.grant_generation(), 2u);
  EXPECT_EQ(told(2, 0).grants_size(), 0);
  grant(3);
  EXPECT_EQ(told(1, 1).grants_size(), 2) << "the same version of another generation";
  EXPECT_EQ(told(2, 1).grants_size(), 0);
}

TEST_F(Backups, AServerThatStartsFromACopyGoesOnFromItInANewGeneration) {
  commit();
  back_up();
  const device then = d;
  commit();
  restore(2);
  EXPECT_EQ(b.hits(probe::generation_begun), 1u);
  EXPECT_EQ(b.rows({1}).size(), 1u);
  audit_record last;
  ASSERT_TRUE(b.server->read_audit([&](audit_record&& r) { last = std::move(r); }).ok());
  EXPECT_EQ(last.kind, audit_kind::generation);
  EXPECT_EQ(last.generation, 2u);
  const auto old = b.pull(d, {1, 2, 1});
  EXPECT_EQ(old.resync(), wire::RESYNC_OTHER_GENERATION);
  const auto snapshot = b.snapshot(d);
  EXPECT_EQ(snapshot.at().generation(), 2u);
  EXPECT_EQ(snapshot.at().sequence(), 1u);
  ASSERT_EQ(snapshot.generations_size(), 1);
  EXPECT_EQ(snapshot.generations(0).generation(), 2u);
  EXPECT_EQ(snapshot.generations(0).sequence(), 1u);
  d = then;
  auto again = b.push_request(d, {d.act({create(notes, {})})});
  again.set_generation(2);
  const auto sent = b.send(again);
  b.drain();
  ASSERT_EQ(b.push_reply(sent).verdicts_size(), 1);
  EXPECT_EQ(b.push_reply(sent).verdicts(0).verdict().sequence(), 2u) << "given out again";
  b.restart();
  EXPECT_EQ(b.hits(probe::generation_begun), 0u) << "it is in that generation already";
}

TEST_F(Backups, APushOfAnotherGenerationIsNotJudged) {
  commit();
  back_up();
  restore(2);
  const auto late = b.push(d, {d.act({create(notes, {})})});
  EXPECT_EQ(late.status(), 200u);
  EXPECT_EQ(late.verdicts_size(), 0);
  EXPECT_EQ(late.generation(), 2u);
  EXPECT_EQ(b.hits(probe::push_of_other_generation), 1u);
  EXPECT_EQ(b.rows({1}).size(), 1u);
}

TEST_F(Backups, AGapTellsWhatWasJudgedOfAllIncarnations) {
  commit();
  device other = d;
  other.incarnation = 7, other.seq = 0;
  b.commit(other, {create(notes, {})});
  back_up();
  restore(2);
  d.seq = 4;
  auto beyond = b.push_request(d, {d.act({create(notes, {})})});
  beyond.set_generation(2);
  const auto sent = b.send(beyond);
  b.drain();
  const auto reply = b.push_reply(sent);
  ASSERT_EQ(reply.marks_size(), 2);
  EXPECT_EQ(reply.marks(0).incarnation(), 1u);
  EXPECT_EQ(reply.marks(0).high_water(), 1u);
  EXPECT_EQ(reply.marks(1).incarnation(), 7u);
}

TEST_F(Backups, WhatDevicesHoldOfAnotherGenerationsVerdictsIsNotForgotten) {
  std::vector<intent> many;
  for (int i = 0; i < 20; ++i)
    many.push_back(d.act({create(notes, {})}));
  b.push(d, many);
  back_up();
  restore(2);
  wire::PullRequest late;
  late.set_token(b.token(1, 1));
  late.set_device(1);
  late.set_incarnation(1);
  late.set_scope(1);
  late.mutable_cursor()->set_generation(1);
  late.mutable_cursor()->set_sequence(9);
  late.set_verdicts_through(20);
  b.send(late);
  b.drain();
  auto again = b.push_request(d, many);
  again.set_generation(2);
  const auto sent = b.send(again);
  b.drain();
  const auto reply = b.push_reply(sent);
  ASSERT_EQ(reply.verdicts_size(), 20);
  for (const auto& v : reply.verdicts())
    EXPECT_EQ(v.verdict().kind(), static_cast<std::uint32_t>(verdict_kind::applied)) << v.seq();
}

TEST(BackupSabotages, AreHit) {
  bench early(with_backups({telemetry::sabotage::backup_told_early}));
  device d;
  early.commit(d, {create(notes, {})});
  EXPECT_EQ(early.pull(d, {}).backed_up_through(), 1u);
  bench keeps(with_backups({telemetry::sabotage::restored_keeps_generation}));
  keeps.settings.generation = 2;
  keeps.restart();
  EXPECT_EQ(keeps.server->status().at.generation, 1u);
  bench tail({{telemetry::sabotage::other_generation_taken}, [](options&) {}});
  EXPECT_EQ(tail.pull(d, {5, 0, 1}).resync(), wire::RESYNC_NONE);
  bench future({{telemetry::sabotage::cursor_from_future_taken}, [](options&) {}});
  EXPECT_EQ(future.pull(d, {1, 50, 1}).resync(), wire::RESYNC_NONE);
}

} // namespace
} // namespace squall::server
