// A device whose server started from a backup: what it offers again, what not, and whom it believes.
#include "tests/engine/client/bench.hpp"

#include <gtest/gtest.h>

namespace squall::client {
namespace {

using telemetry::probe;

wire::SnapshotResponse snapshot_of(std::uint64_t of_generation, std::uint64_t at, std::uint64_t copy) {
  auto out = whole_snapshot(of_generation, at);
  auto& start = *out.add_generations();
  start.set_generation(generation + 1);
  start.set_sequence(copy);
  return out;
}

/// A device whose three memos the server has acknowledged, at 11 to 13, and backed up to 10.
struct three_memos {
  bench b;
  std::vector<io::change_result> made;

  explicit three_memos(std::vector<telemetry::sabotage> sabotages = {}) : b({std::move(sabotages), [](options&) {}}) {
    b.settle_in();
    for (int i = 0; i < 3; ++i)
      made.push_back(b.accept({create(memos, {set(memo_text, text("mine"))})}));
    b.answer_push({applied(11)}, 13, 10);
    b.answer_push({applied(12), applied(13)}, 13, 10);
  }
  void ask_resync() {
    b.pass(b.settings.sync.poll_every);
    b.pull_request();
    auto r = page(b.cursor(), {}, b.cursor().sequence);
    r.set_resync(wire::RESYNC_OTHER_GENERATION);
    b.reply(r);
    b.snapshot_request();
  }
  void push_of(std::uint64_t of_generation, std::vector<std::pair<std::uint64_t, verdict>> verdicts) {
    wire::PushResponse r;
    r.set_status(200);
    r.set_generation(of_generation);
    for (const auto& [seq, v] : verdicts) {
      auto& one = *r.add_verdicts();
      one.set_seq(seq);
      wire::to_wire(v, *one.mutable_verdict());
    }
    b.reply(r);
  }
};

TEST(Generations, OnlyWhatTheCopyLacksIsOfferedAgain) {
  three_memos t;
  t.ask_resync();
  t.b.reply(snapshot_of(generation + 1, 12, 11));
  EXPECT_EQ(t.b.hits(probe::acknowledged_in_copy), 1u);
  EXPECT_EQ(t.b.hits(probe::acknowledged_offered_again), 2u);
  const auto request = t.b.push_request();
  EXPECT_EQ(request.generation(), generation + 1);
  ASSERT_EQ(request.intents_size(), 2);
  EXPECT_EQ(request.intents(0).seq(), 2u);
  EXPECT_EQ(request.verdicts_through(), 1u);
}

TEST(Generations, TheLeastOfTheCopiesBetweenCounts) {
  three_memos t;
  t.ask_resync();
  auto s = snapshot_of(generation + 2, 14, 11);
  auto& later = *s.add_generations();
  later.set_generation(generation + 2);
  later.set_sequence(13);
  t.b.reply(s);
  EXPECT_EQ(t.b.hits(probe::acknowledged_offered_again), 2u);
}

TEST(Generations, OfferedAgainIsShownAgain) {
  three_memos t;
  t.ask_resync();
  t.b.reply(snapshot_of(generation + 1, 10, 10));
  EXPECT_EQ(t.b.rows(), 3u);
  t.b.restart();
  EXPECT_EQ(t.b.rows(), 3u);
  EXPECT_EQ(t.b.status().queue_depth, 3u);
}

TEST(Generations, LateVerdictsOfAnEarlierOneCountForNothing) {
  three_memos t;
  t.ask_resync();
  const auto snapshot = t.b.correlation;
  t.b.accept({create(memos, {})});
  EXPECT_EQ(t.b.push_request().generation(), generation);
  const auto push = t.b.correlation;
  t.b.correlation = snapshot;
  t.b.reply(snapshot_of(generation + 1, 10, 10));
  t.b.correlation = push;
  t.push_of(generation, {{4, applied(14)}});
  EXPECT_EQ(t.b.hits(probe::reply_of_old_generation), 1u);
  EXPECT_EQ(t.b.status().queue_depth, 4u);
}

TEST(Generations, AGapThatCannotBeFilledGivesNewNamesInOrder) {
  three_memos t;
  t.ask_resync();
  t.b.reply(snapshot_of(generation + 1, 10, 10));
  t.b.push_request();
  wire::PushResponse r;
  r.set_status(200);
  r.set_generation(generation + 1);
  r.set_high_water(0);
  auto& first = *r.add_verdicts();
  first.set_seq(1);
  wire::to_wire(ended(verdict_kind::rejected, verdict_rule::denied), *first.mutable_verdict());
  t.b.reply(r);
  t.b.wait_for(io::message_class::push);
  t.b.push_request();
  t.push_of(generation + 1, {{2, {.kind = verdict_kind::gap, .sequence = 0}}});
  const auto renamed = t.b.push_request();
  EXPECT_NE(renamed.incarnation(), 1u);
  ASSERT_EQ(renamed.intents_size(), 2);
  EXPECT_EQ(t.b.rows(), 2u);
  EXPECT_EQ(t.b.facts_of(telemetry::fact_kind::incarnation_begun).back().code, 1u) << "it keeps what it has";
  t.push_of(generation + 1, {{1, applied(11)}, {2, applied(12)}});
  EXPECT_EQ(t.b.status().kept, 2u);
}

TEST(GenerationSabotages, AreHit) {
  three_memos done({telemetry::sabotage::undone_taken_for_done});
  done.ask_resync();
  done.b.reply(snapshot_of(generation + 1, 10, 10));
  EXPECT_EQ(done.b.status().queue_depth, 0u);
  EXPECT_EQ(done.b.hits(telemetry::sabotage::undone_taken_for_done), 3u);
}

} // namespace
} // namespace squall::client
