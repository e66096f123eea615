// A device of several scopes whose server started from a backup: each goes over with its own snapshot, what was undone goes
// out in its order all the same, and grants are those of the newest generation.
#include "tests/engine/client/bench.hpp"

#include <gtest/gtest.h>

namespace squall::client {
namespace {

using telemetry::fact_kind;
using telemetry::probe;

constexpr scope_id own_scope{3}, second_scope{4};
constexpr std::uint64_t copied_at = 10;

wire::SnapshotResponse snapshot_at(std::uint64_t sequence) {
  auto out = whole_snapshot(generation + 1, sequence);
  auto& start = *out.add_generations();
  start.set_generation(generation + 1);
  start.set_sequence(copied_at);
  return out;
}

void put_theirs(wire::SnapshotResponse& into, std::uint64_t presence, const char* note) {
  auto e = entry(presence, 0, {2, 1, presence});
  put_row(e, theirs, orders, {{order_note, text(note)}});
  auto& row = *into.add_rows() = e.rows(0);
  row.set_presence_sequence(presence);
}

wire::PullResponse with_grants(wire::PullResponse page, std::uint64_t of_generation, std::uint64_t changes,
                               std::vector<scope_id> held) {
  page.set_grant_generation(of_generation);
  page.set_grant_changes(changes);
  for (const scope_id scope : held)
    page.add_grants()->set_scope(scope.value);
  return page;
}

/// Both scopes at cursor 10, with a record of another device in the second.
struct scoped_device {
  bench b{{.change = [](options& o) { o.more_scopes = {{second_scope, 0}}; }}};
  record_id here, there;

  scoped_device() {
    b.start();
    b.enrol_request();
    b.answer_token();
    answer(own_scope, {}, 10);
    auto e = entry(10, 0, {2, 1, 10});
    put_row(e, theirs, orders, {{order_note, text("x")}});
    e.mutable_rows(0)->set_presence_sequence(10);
    answer(second_scope, {e}, 10);
  }
  void answer(scope_id scope, std::vector<wire::ChangeEntry> entries, std::uint64_t next) {
    b.wait_for(io::message_class::pull);
    const auto asked = b.pull_request();
    ASSERT_EQ(asked.scope(), scope.value);
    b.reply(page({asked.cursor().generation(), asked.cursor().sequence(), 0}, std::move(entries), next));
  }
  void answer_grants(std::uint64_t of_generation, std::uint64_t changes, std::vector<scope_id> held) {
    b.wait_for(io::message_class::pull);
    const auto asked = b.pull_request();
    b.reply(
        with_grants(page({asked.cursor().generation(), asked.cursor().sequence(), 0}, {}, asked.cursor().sequence()),
                    of_generation, changes, std::move(held)));
  }
  void go_over(scope_id scope, const wire::SnapshotResponse& to) {
    b.wait_for(io::message_class::pull);
    const auto asked = b.pull_request();
    ASSERT_EQ(asked.scope(), scope.value);
    auto r = page({asked.cursor().generation(), asked.cursor().sequence(), 0}, {}, asked.cursor().sequence());
    r.set_resync(wire::RESYNC_OTHER_GENERATION);
    b.reply(r);
    b.snapshot_request();
    b.reply(to);
  }
  /// One change in each scope, the second scope's first; both acknowledged at 11 and 12, and covered.
  void change_both() {
    b.accept({update(orders, theirs, {set(order_note, text("there"))})});
    here = b.accept({create(orders, {set(order_note, text("here"))})}).created[0];
    b.answer_push({applied(11)}, 12, copied_at);
    b.answer_push({applied(12)}, 12, copied_at);
    auto mine = entry(12, 0, {1, 1, 2});
    mine.mutable_intent()->set_device(b.settings.device);
    put_row(mine, here, orders, {{order_note, text("here")}});
    mine.mutable_rows(0)->set_presence_sequence(12);
    answer_kept(own_scope, mine, 12);
    auto changed = entry(11, 10, {b.settings.device, 1, 1});
    put_row(changed, theirs, orders, {{order_note, text("there")}});
    changed.mutable_rows(0)->set_presence_sequence(10);
    answer_kept(second_scope, changed, 12);
  }
  void answer_kept(scope_id scope, const wire::ChangeEntry& e, std::uint64_t next) {
    b.wait_for(io::message_class::pull);
    const auto asked = b.pull_request();
    ASSERT_EQ(asked.scope(), scope.value);
    auto r = page({asked.cursor().generation(), asked.cursor().sequence(), 0}, {e}, next);
    r.set_backed_up_through(copied_at);
    b.reply(r);
  }
};

TEST(ScopeGenerations, WhatWasUndoneAwaitsAVerdictInAllOfThemFromTheFirstOnInItsOrder) {
  scoped_device t;
  t.change_both();
  EXPECT_EQ(t.b.status().kept, 2u);
  t.go_over(own_scope, snapshot_at(10));
  EXPECT_EQ(t.b.status().queue_depth, 2u);
  const auto request = t.b.push_request();
  EXPECT_EQ(request.generation(), generation + 1);
  ASSERT_GE(request.intents_size(), 1);
  EXPECT_EQ(request.intents(0).seq(), 1u) << "the other scope's was accepted first";
  EXPECT_EQ(request.verdicts_through(), 0u);
}

TEST(ScopeGenerations, WhatWasUndoneIsFoldedInAgainWhenItsScopeGoesOver) {
  scoped_device t;
  t.change_both();
  t.go_over(own_scope, snapshot_at(10));
  EXPECT_EQ(t.b.field(t.here, order_note), text("here"));
  EXPECT_EQ(t.b.field(theirs, order_note, io::view_kind::confirmed), text("there")) << "of the old generation, still";
  t.answer(own_scope, {}, 10);
  auto last = snapshot_at(10);
  put_theirs(last, 10, "x");
  t.go_over(second_scope, last);
  EXPECT_EQ(t.b.field(theirs, order_note, io::view_kind::confirmed), text("x"));
  EXPECT_EQ(t.b.field(theirs, order_note), text("there"));
  t.b.restart();
  EXPECT_EQ(t.b.field(theirs, order_note), text("there"));
  EXPECT_EQ(t.b.field(t.here, order_note), text("here"));
}

TEST(ScopeGenerations, WhatIsBackedUpStaysUntilItsScopeHasGoneOverAndShowsIt) {
  scoped_device t;
  t.change_both();
  t.go_over(own_scope, snapshot_at(10));
  t.b.push_request();
  wire::PushResponse r;
  r.set_status(200);
  r.set_generation(generation + 1);
  r.set_backed_up_through(11);
  auto& one = *r.add_verdicts();
  one.set_seq(1);
  wire::to_wire(applied(11), *one.mutable_verdict());
  t.b.reply(r);
  EXPECT_EQ(t.b.status().kept, 1u);
  t.answer(own_scope, {}, 10);
  auto older = snapshot_at(10); // made before the change was judged again
  put_theirs(older, 10, "x");
  t.go_over(second_scope, older);
  EXPECT_EQ(t.b.field(theirs, order_note), text("there"));
}

TEST(ScopeGenerations, WhatAScopeOfTheOldOneHoldsGivesWay) {
  scoped_device t;
  auto first = snapshot_at(10);
  put_theirs(first, 9, "never left"); // that it came to the other scope was undone
  t.go_over(own_scope, first);
  ASSERT_TRUE(t.b.row(theirs));
  EXPECT_EQ(t.b.row(theirs)->scope, own_scope);
  EXPECT_EQ(t.b.field(theirs, order_note), text("never left"));
  t.answer(own_scope, {}, 10);
  t.go_over(second_scope, snapshot_at(10));
  EXPECT_EQ(t.b.row(theirs)->scope, own_scope);
  EXPECT_EQ(t.b.rows(), 1u);
}

TEST(ScopeGenerations, GrantsOfALaterOneAreNewerWhateverTheirVersion) {
  scoped_device t;
  t.answer_grants(generation, 5, {own_scope, second_scope});
  t.b.forget_requests();
  t.b.facts.clear();
  t.answer_grants(generation + 1, 1, {own_scope});
  ASSERT_EQ(t.b.facts_of(fact_kind::grants_told).size(), 1u);
  EXPECT_EQ(t.b.facts_of(fact_kind::grants_told)[0].aux, 2u);
  EXPECT_EQ(t.b.facts_of(fact_kind::grants_told)[0].sequence, generation + 1);
  EXPECT_EQ(t.b.client->scopes(), std::vector{own_scope});
  EXPECT_FALSE(t.b.row(theirs));
  t.b.restart();
  t.b.wait_for(io::message_class::pull);
  const auto asked = t.b.pull_request();
  EXPECT_EQ(asked.grant_generation(), generation + 1);
  EXPECT_EQ(asked.grant_changes(), 1u);
}

TEST(ScopeGenerations, GrantsOfAnEarlierOneAreOld) {
  scoped_device t;
  t.answer_grants(generation + 1, 1, {own_scope, second_scope});
  t.b.forget_requests();
  t.answer_grants(generation, 5, {own_scope});
  EXPECT_EQ(t.b.client->scopes(), (std::vector{own_scope, second_scope}));
}

TEST(ScopeGenerations, ThoseOfTheStartAreNewsToWhoHadOthersOnly) {
  scoped_device t;
  t.b.facts.clear();
  t.answer_grants(generation + 1, 0, {own_scope, second_scope});
  EXPECT_TRUE(t.b.facts_of(fact_kind::grants_told).empty());
  t.b.forget_requests();
  t.answer_grants(generation + 1, 1, {own_scope});
  t.b.forget_requests();
  t.answer_grants(generation + 2, 0, {own_scope, second_scope});
  EXPECT_EQ(t.b.facts_of(fact_kind::grants_told).size(), 2u);
  t.b.restart();
  EXPECT_EQ(t.b.client->scopes(), (std::vector{own_scope, second_scope}));
}

TEST(ScopeGenerations, WhoHoldsNoScopePushesInTheGenerationOfItsGrants) {
  scoped_device t;
  t.b.accept({update(orders, theirs, {set(order_note, text("mine"))})});
  t.b.forget_requests();
  t.answer_grants(generation + 1, 1, {});
  EXPECT_TRUE(t.b.client->scopes().empty());
  t.b.forget_requests();
  t.b.wait_for(io::message_class::push);
  EXPECT_EQ(t.b.push_request().generation(), generation + 1);
}

} // namespace
} // namespace squall::client
