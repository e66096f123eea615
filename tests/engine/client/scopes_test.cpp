// Several scopes on one device: pulled in turn, gained and lost as the server tells; records that move between them.
#include "tests/engine/client/bench.hpp"

#include <gtest/gtest.h>

namespace squall::client {
namespace {

using telemetry::fact_kind;
using telemetry::probe;
using telemetry::sabotage;

constexpr scope_id home{3}, other_team{4};
const record_id theirs = record_id::derive({2, 1, 1}, 0);

bench_options two_scopes(std::vector<sabotage> bugs = {}) {
  return {.sabotages = std::move(bugs), .change = [](options& o) { o.more_scopes = {{other_team, 0}}; }};
}

wire::PullResponse with_grants(wire::PullResponse page, std::uint64_t changes, std::vector<scope_grant> held) {
  page.set_grant_generation(generation);
  page.set_grant_changes(changes);
  for (const auto& g : held) {
    page.add_grants()->set_scope(g.scope.value);
    page.mutable_grants()->rbegin()->set_role(g.role);
  }
  return page;
}

/// Both scopes at cursor 10 of the generation.
void settle_in_both(bench& b) {
  b.start();
  b.enrol_request();
  b.answer_token();
  for (const scope_id scope : {home, other_team}) {
    EXPECT_EQ(b.pull_request().scope(), scope.value);
    b.reply(page({}, {}, 10));
  }
  b.facts.clear();
}

wire::ChangeEntry whole(std::uint64_t sequence, const char* note, std::uint64_t previous = 10) {
  auto e = entry(sequence, previous, {2, 1, sequence});
  put_row(e, theirs, orders, {{order_note, text(note)}});
  e.mutable_rows(0)->set_presence_sequence(sequence);
  return e;
}

wire::ChangeEntry exit(std::uint64_t sequence, std::uint64_t previous = 10) {
  auto e = entry(sequence, previous, {2, 1, sequence});
  put_row(e, theirs, orders, {});
  e.mutable_rows(0)->set_change(static_cast<std::uint32_t>(telemetry::row_change::exit));
  return e;
}

void answer(bench& b, scope_id scope, std::vector<wire::ChangeEntry> entries, std::uint64_t next) {
  b.wait_for(io::message_class::pull);
  const auto asked = b.pull_request();
  ASSERT_EQ(asked.scope(), scope.value);
  b.reply(page({asked.cursor().generation(), asked.cursor().sequence(), 0}, std::move(entries), next));
}

TEST(Scopes, ArePulledOneAfterTheOtherAndThenItRests) {
  bench b(two_scopes());
  settle_in_both(b);
  EXPECT_FALSE(b.asked(io::message_class::pull));
  EXPECT_TRUE(b.status().shown_as_synced);
  answer(b, home, {}, 10);
  EXPECT_TRUE(b.asked(io::message_class::pull)) << "the next one at once";
  answer(b, other_team, {whole(12, "x")}, 12);
  EXPECT_EQ(b.client->position(other_team).sequence, 12u);
  EXPECT_EQ(b.client->position(home).sequence, 10u);
  EXPECT_EQ(b.row(theirs)->scope, other_team);
  b.restart();
  EXPECT_EQ(b.client->position(other_team).sequence, 12u);
  EXPECT_EQ(b.client->position(home).sequence, 10u);
}

TEST(Scopes, AnIntentNamesTheScopeOfItsRecords) {
  bench b(two_scopes());
  settle_in_both(b);
  answer(b, home, {}, 10);
  answer(b, other_team, {whole(12, "x")}, 12);
  b.accept({update(orders, theirs, {set(order_note, text("y"))})});
  ASSERT_EQ(b.facts_of(fact_kind::intent_accepted).back().scope, other_team);
  EXPECT_EQ(b.facts_of(fact_kind::intent_accepted).back().sequence, 12u) << "the cursor there";
  b.accept({create(orders, {})});
  EXPECT_EQ(b.facts_of(fact_kind::intent_accepted).back().scope, home);
}

TEST(Scopes, WhatIsWithdrawnIsPurgedAndTheQueueStays) {
  bench b(two_scopes());
  settle_in_both(b);
  answer(b, home, {}, 10);
  answer(b, other_team, {whole(12, "x")}, 12);
  b.accept({update(orders, theirs, {set(order_note, text("mine"))})});
  b.wait_for(io::message_class::pull);
  b.pull_request();
  b.facts.clear();
  b.reply(with_grants(page({generation, 10, 0}, {}, 10), 1, {{home, 2}}));
  ASSERT_EQ(b.facts_of(fact_kind::grants_told).size(), 1u);
  EXPECT_EQ(b.facts_of(fact_kind::grants_told)[0].aux, 2u);
  ASSERT_EQ(b.facts_of(fact_kind::scope_purged).size(), 1u);
  EXPECT_EQ(b.facts_of(fact_kind::scope_purged)[0].scope, other_team);
  EXPECT_FALSE(b.row(theirs));
  EXPECT_EQ(b.rows(), 0u);
  EXPECT_EQ(b.status().queue_depth, 1u);
  EXPECT_EQ(b.client->scopes(), std::vector{home});
  b.forget_requests();
  b.wait_for(io::message_class::push); // as always
  b.answer_push({ended(verdict_kind::rejected, verdict_rule::denied)});
  EXPECT_EQ(b.status().queue_depth, 0u);
  EXPECT_EQ(b.status().surfaced, 1u);
  b.restart();
  EXPECT_EQ(b.client->scopes(), std::vector{home});
}

TEST(Scopes, WhatComesBackBeginsAnewAndIsFoldedInAgain) {
  bench b(two_scopes());
  settle_in_both(b);
  answer(b, home, {}, 10);
  answer(b, other_team, {whole(12, "x")}, 12);
  b.accept({update(orders, theirs, {set(order_note, text("mine"))})});
  for (const auto& held : {std::vector<scope_grant>{{home, 0}}, {{home, 0}, {other_team, 0}}}) {
    b.wait_for(io::message_class::pull);
    b.pull_request();
    b.reply(with_grants(page({generation, 10, 0}, {}, 10), held.size(), held));
  }
  ASSERT_TRUE(b.asked(io::message_class::pull)) << "without waiting";
  const auto asked = b.pull_request();
  EXPECT_EQ(asked.scope(), other_team.value);
  EXPECT_EQ(asked.cursor().generation(), 0u);
  b.reply(page({}, {whole(12, "x", 0)}, 12));
  EXPECT_EQ(b.field(theirs, order_note), text("mine"));
  EXPECT_EQ(b.field(theirs, order_note, io::view_kind::confirmed), text("x"));
}

TEST(Scopes, WhoHoldsNoneAsksForNoneAndHearsOfMore) {
  bench b;
  b.settle_in();
  b.wait_for(io::message_class::pull);
  b.pull_request();
  wire::PullResponse refused = with_grants({}, 1, {});
  refused.set_status(403);
  b.reply(refused);
  EXPECT_TRUE(b.client->scopes().empty());
  EXPECT_EQ(b.rows(), 0u);
  b.wait_for(io::message_class::pull);
  EXPECT_EQ(b.pull_request().scope(), 0u);
  b.reply(with_grants(page({}, {}, 0), 2, {{home, 0}}));
  ASSERT_TRUE(b.asked(io::message_class::pull));
  EXPECT_EQ(b.pull_request().scope(), home.value);
}

TEST(Scopes, OlderGrantsAreIgnored) {
  bench b(two_scopes());
  settle_in_both(b);
  for (const auto& [changes, held] :
       {std::pair{std::uint64_t{5}, std::vector<scope_grant>{{home, 0}, {other_team, 1}}}, {4, {{home, 0}}}}) {
    b.wait_for(io::message_class::pull);
    b.pull_request();
    b.reply(with_grants(page({generation, 10, 0}, {}, 10), changes, held));
    if (changes == 5)
      answer(b, other_team, {}, 10);
  }
  EXPECT_EQ(b.client->scopes(), (std::vector{home, other_team}));
}

TEST(Scopes, GrantsInALateReplyCountToo) {
  bench b(two_scopes());
  settle_in_both(b);
  answer(b, home, {}, 10);
  answer(b, other_team, {whole(12, "x")}, 12);
  b.wait_for(io::message_class::pull);
  const auto asked = b.pull_request();
  const auto late = b.correlation;
  b.pass(b.settings.sync.request_timeout + second_ns);
  b.deliver(b.sealed(with_grants(page({generation, asked.cursor().sequence(), 0}, {}, 10), 1, {{home, 0}}),
                     wire::message_kind::pull_response, late));
  EXPECT_EQ(b.client->scopes(), std::vector{home});
  EXPECT_FALSE(b.row(theirs));
  b.forget_requests();
  b.pass(b.settings.sync.request_timeout + second_ns);
  b.wait_for(io::message_class::pull);
  EXPECT_EQ(b.pull_request().scope(), home.value);
}

TEST(Scopes, AHintOfAnyOfThemIsFollowed) {
  bench b(two_scopes());
  settle_in_both(b);
  wire::Invalidation hint;
  hint.set_generation(generation);
  hint.set_head(12);
  for (const std::uint32_t scope : {9u, other_team.value}) {
    hint.set_scope(scope);
    b.deliver(wire::seal(hint, {.kind = wire::message_kind::invalidation}));
    EXPECT_EQ(b.hits(probe::invalidation_followed), scope == 9 ? 0u : 1u);
  }
  b.pass(second_ns);
  EXPECT_TRUE(b.asked(io::message_class::pull));
}

// -- moves -------------------------------------------------------------------------------------------------------------

TEST(Scopes, ARecordThatMovedIsShownOnceWhicheverFeedTellsFirst) {
  for (const bool arrival_first : {false, true}) {
    bench b(two_scopes());
    settle_in_both(b);
    answer(b, home, {whole(11, "x")}, 11);
    answer(b, other_team, {}, 10);
    if (arrival_first) {
      answer(b, home, {}, 11);
      answer(b, other_team, {whole(20, "x")}, 20);
      EXPECT_EQ(b.row(theirs)->scope, other_team);
      answer(b, home, {whole(15, "late", 11), exit(20, 15)}, 20);
    } else {
      answer(b, home, {exit(20, 11)}, 20);
      EXPECT_FALSE(b.row(theirs));
      answer(b, other_team, {whole(20, "x")}, 20);
    }
    ASSERT_TRUE(b.row(theirs));
    EXPECT_EQ(b.row(theirs)->scope, other_team);
    EXPECT_EQ(b.field(theirs, order_note), text("x"));
    EXPECT_EQ(b.rows(), 1u);
  }
}

TEST(Scopes, ARecordThatWentWithThePurgeOfItsNewScopeDoesNotComeBackInPartInTheOldOne) {
  bench b(two_scopes());
  settle_in_both(b);
  answer(b, home, {whole(11, "x")}, 11);
  answer(b, other_team, {whole(20, "x")}, 20);
  b.wait_for(io::message_class::pull);
  b.pull_request();
  b.reply(with_grants(page({generation, 11, 0}, {}, 11), 1, {{home, 0}}));
  EXPECT_FALSE(b.row(theirs));
  auto partly = whole(15, "late", 11);
  partly.mutable_rows(0)->set_presence_sequence(11);
  answer(b, home, {partly}, 15);
  EXPECT_FALSE(b.row(theirs));
  EXPECT_EQ(b.client->position(home).sequence, 15u);
}

TEST(Scopes, APendingMoveShowsTheRecordInItsNewScopeOnly) {
  bench b(two_scopes());
  settle_in_both(b);
  answer(b, home, {whole(11, "x")}, 11);
  answer(b, other_team, {}, 10);
  operation op{operation_kind::move, orders, theirs, {}};
  op.to_scope = other_team;
  b.accept({op});
  EXPECT_EQ(b.row(theirs)->scope, other_team);
  EXPECT_EQ(b.row(theirs, io::view_kind::confirmed)->scope, home);
  b.restart();
  EXPECT_EQ(b.row(theirs)->scope, other_team);
  b.accept({update(orders, theirs, {set(order_note, text("there"))})});
  EXPECT_EQ(b.facts_of(fact_kind::intent_accepted).back().scope, other_team);
  EXPECT_EQ(b.field(theirs, order_note), text("there"));
}

TEST(Scopes, AnOwnRecordThatOthersMovedBeforeItsCreateIsCoveredIsShownWhereItIs) {
  bench b(two_scopes());
  settle_in_both(b);
  const auto made = b.accept({create(orders, {set(order_note, text("x"))})});
  b.answer_push({{.kind = verdict_kind::applied, .sequence = 15}}, 20);
  answer(b, home, {}, 10);
  auto came = entry(20, 10, {2, 1, 20});
  put_row(came, made.created[0], orders, {{order_note, text("x")}});
  came.mutable_rows(0)->set_presence_sequence(20);
  answer(b, other_team, {came}, 20);
  ASSERT_TRUE(b.row(made.created[0]));
  EXPECT_EQ(b.row(made.created[0])->scope, other_team);
  EXPECT_EQ(b.rows(), 1u);
}

// -- sabotage ----------------------------------------------------------------------------------------------------------

TEST(ClientSabotage, ExitIgnored) {
  bench b(two_scopes({sabotage::exit_ignored}));
  settle_in_both(b);
  answer(b, home, {whole(11, "x")}, 11);
  answer(b, other_team, {}, 10);
  answer(b, home, {exit(20, 11)}, 20);
  EXPECT_TRUE(b.row(theirs));
}

TEST(ClientSabotage, PurgeKeepsCursor) {
  bench b(two_scopes({sabotage::purge_keeps_cursor}));
  settle_in_both(b);
  for (const auto& held : {std::vector<scope_grant>{{home, 0}}, {{home, 0}, {other_team, 0}}}) {
    b.wait_for(io::message_class::pull);
    b.pull_request();
    b.reply(with_grants(page({generation, 10, 0}, {}, 10), held.size(), held));
  }
  b.wait_for(io::message_class::pull);
  EXPECT_EQ(b.pull_request().cursor().sequence(), 10u);
  EXPECT_EQ(b.client->position(other_team).sequence, 10u);
}

TEST(ClientSabotage, RevokedRowsStay) {
  bench b(two_scopes({sabotage::revoked_rows_stay}));
  settle_in_both(b);
  answer(b, home, {}, 10);
  answer(b, other_team, {whole(12, "x")}, 12);
  b.wait_for(io::message_class::pull);
  b.pull_request();
  b.reply(with_grants(page({generation, 10, 0}, {}, 10), 1, {{home, 0}}));
  EXPECT_TRUE(b.row(theirs));
}

} // namespace
} // namespace squall::client
