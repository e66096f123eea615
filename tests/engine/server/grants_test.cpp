// Grants that change while the server runs, and records that move between scopes.
#include "tests/engine/server/workbench.hpp"

#include "engine/wire/codec.hpp"

#include <gtest/gtest.h>

namespace squall::server {
namespace {

using telemetry::fact_kind;
using telemetry::probe;
using telemetry::sabotage;

constexpr scope_id east{1}, west{2};

io::grant_change given(std::uint32_t user, scope_id scope, std::uint8_t role = 0) {
  return {.user = user, .scope = scope, .role = role, .withdrawn = false};
}
io::grant_change withdrawn(std::uint32_t user, scope_id scope) {
  return {.user = user, .scope = scope, .role = 0, .withdrawn = true};
}

operation move_to(const record_id& record, scope_id to, collection_number collection = orders) {
  operation op{operation_kind::move, collection, record, {}};
  op.to_scope = to;
  return op;
}

verdict first_verdict(const wire::PushResponse& r) {
  EXPECT_GE(r.verdicts_size(), 1);
  return r.verdicts_size() > 0 ? wire::from_wire(r.verdicts(0).verdict()) : verdict{};
}

verdict pushed(bench& b, device& d, std::vector<operation> operations) {
  return first_verdict(b.push(d, {d.act(std::move(operations))}));
}

bool exits(const wire::RowState& row) {
  return row.change() == static_cast<std::uint32_t>(telemetry::row_change::exit);
}

// -- grants ------------------------------------------------------------------------------------------------------------

TEST(ServerGrants, AreJudgedWhenTheIntentCommitsAndWhenThePageIsMade) {
  bench b;
  device d;
  b.commit(d, {create(orders, {})});
  b.facts.clear();
  b.tell(withdrawn(1, east));
  ASSERT_EQ(b.facts.size(), 1u);
  EXPECT_EQ(b.facts[0].kind, fact_kind::grant_revoked);
  EXPECT_EQ(b.facts[0].endpoint.value, 1u);
  EXPECT_EQ(b.facts[0].scope, east);
  EXPECT_EQ(b.facts[0].aux, 2u);
  EXPECT_EQ(pushed(b, d, {create(orders, {})}).rule, verdict_rule::denied);
  const auto page = b.pull(d, {});
  EXPECT_EQ(page.status(), 403u);
  EXPECT_EQ(page.grant_changes(), 1u);
  EXPECT_EQ(page.grants_size(), 0) << "nothing is left";
  EXPECT_EQ(b.snapshot(d).status(), 403u);
  EXPECT_EQ(b.rows(east).size(), 1u);
  b.tell(given(1, east, 3));
  EXPECT_EQ(pushed(b, d, {create(orders, {})}).kind, verdict_kind::applied);
  EXPECT_EQ(b.pull(d, {}).status(), 200u);
}

TEST(ServerGrants, ThatAreSoAlreadyChangeNothing) {
  bench b;
  b.facts.clear();
  b.tell(given(1, east));
  b.tell(withdrawn(1, west));
  EXPECT_TRUE(b.facts.empty());
  b.tell(given(1, east, 2));
  ASSERT_EQ(b.facts.size(), 1u);
  EXPECT_EQ(b.facts[0].kind, fact_kind::grant_given);
  EXPECT_EQ(b.facts[0].code, 2u);
}

TEST(ServerGrants, SurviveARestartWithTheirVersion) {
  bench b;
  b.tell(withdrawn(1, east));
  b.tell(given(1, west, 4));
  b.restart();
  device d;
  const auto page = b.pull(d, {});
  EXPECT_EQ(page.status(), 403u);
  EXPECT_EQ(page.grant_changes(), 2u);
  ASSERT_EQ(page.grants_size(), 1);
  EXPECT_EQ(page.grants(0).scope(), west.value);
  EXPECT_EQ(page.grants(0).role(), 4u);
}

TEST(ServerGrants, AreToldToWhoKnowsOlderOnesOnly) {
  bench b;
  device d;
  EXPECT_EQ(b.pull(d, {}).grants_size(), 0) << "nothing has changed";
  b.tell(given(1, west));
  EXPECT_EQ(b.pull(d, {}).grants_size(), 2);
  EXPECT_EQ(b.push(d, {}).grant_changes(), 1u);
  wire::PullRequest knows;
  knows.set_token(b.token(1, 1));
  knows.set_device(1);
  knows.set_incarnation(1);
  knows.set_scope(east.value);
  knows.set_grant_changes(1);
  const auto sent = b.send(knows);
  b.drain();
  EXPECT_EQ(b.pull_reply(sent).grants_size(), 0);
}

TEST(ServerGrants, ScopeZeroIsToldItsGrantsAndNothingElse) {
  bench b;
  device d;
  b.commit(d, {create(orders, {})});
  b.tell(withdrawn(1, east));
  device nowhere = d;
  nowhere.scope = {0};
  b.facts.clear();
  const auto page = b.pull(nowhere, {});
  EXPECT_EQ(page.status(), 200u);
  EXPECT_EQ(page.entries_size(), 0);
  EXPECT_EQ(page.grant_changes(), 1u);
  EXPECT_TRUE(b.facts.empty()) << "that is no page of anything";
}

TEST(ServerGrants, ASnapshotOfAWithdrawnScopeEndsThere) {
  bench b({.change = [](options& o) { o.snapshot_page_rows = 1; }});
  device d;
  for (int i = 0; i < 3; ++i)
    b.commit(d, {create(orders, {})});
  const auto first = b.snapshot(d);
  ASSERT_EQ(first.status(), 200u);
  b.tell(withdrawn(1, east));
  EXPECT_EQ(b.snapshot(d, first.snapshot(), 1).status(), 403u);
}

// -- moves -------------------------------------------------------------------------------------------------------------

struct moved_order {
  bench b;
  device both{.id = 4, .user = 4};
  record_id order, line;
  std::uint64_t made = 0, moved = 0;

  moved_order() {
    const intent in = both.act({create(orders, {set(order_note, text("x"))})});
    order = in.operations[0].record;
    made = first_verdict(b.push(both, {in})).sequence;
    const verdict v = pushed(b, both, {move_to(order, west)});
    EXPECT_EQ(v.kind, verdict_kind::applied);
    moved = v.sequence;
  }
};

TEST(ServerMove, LeavesAnExitAndArrivesWhole) {
  moved_order m;
  EXPECT_TRUE(m.b.rows(east).empty());
  ASSERT_EQ(m.b.rows(west).size(), 1u);
  EXPECT_EQ(m.b.rows(west).begin()->second.scope, west);
  const auto left = m.b.pull(m.both, {1, m.made, 1});
  ASSERT_EQ(left.entries_size(), 1);
  EXPECT_EQ(left.entries(0).sequence(), m.moved);
  EXPECT_EQ(left.entries(0).previous(), m.made);
  ASSERT_EQ(left.entries(0).rows_size(), 1);
  EXPECT_TRUE(exits(left.entries(0).rows(0)));
  device there = m.both;
  there.scope = west;
  const auto came = m.b.pull(there, {});
  ASSERT_EQ(came.entries_size(), 1);
  EXPECT_EQ(came.entries(0).sequence(), m.moved);
  EXPECT_EQ(came.entries(0).previous(), 0u);
  const auto& row = came.entries(0).rows(0);
  EXPECT_EQ(row.presence_sequence(), m.moved);
  ASSERT_EQ(row.fields_size(), 1);
  EXPECT_EQ(row.fields(0).sequence(), m.made) << "its cells stay as they were written";
}

TEST(ServerMove, SurvivesARestartWithBothFeeds) {
  moved_order m;
  m.b.restart();
  device there = m.both;
  there.scope = west;
  EXPECT_EQ(m.b.pull(there, {}).entries_size(), 1);
  EXPECT_EQ(m.b.pull(m.both, {}).entries_size(), 2);
  EXPECT_EQ(m.b.server->head(west)->sequence, m.moved);
}

TEST(ServerMove, WhoNamesTheOldScopeIsDenied) {
  moved_order m;
  EXPECT_EQ(pushed(m.b, m.both, {update(orders, m.order, {set(order_note, text("late"))})}).rule, verdict_rule::denied);
  m.both.scope = west;
  EXPECT_EQ(pushed(m.b, m.both, {update(orders, m.order, {set(order_note, text("y"))})}).kind, verdict_kind::applied);
}

TEST(ServerMove, NeedsAGrantForBoth) {
  bench b;
  device d;
  const intent in = d.act({create(orders, {})});
  b.push(d, {in});
  EXPECT_EQ(pushed(b, d, {move_to(in.operations[0].record, west)}).rule, verdict_rule::denied);
  EXPECT_EQ(b.rows(east).size(), 1u);
}

TEST(ServerMove, IsHintedAtInBothScopes) {
  for (const scope_id scope : {east, west}) {
    bench b({.change = [](options& o) { o.invalidate_for = minute_ns; }});
    device d{.id = 4, .user = 4}, other{.id = scope.value, .user = scope == east ? 1u : 3u, .scope = scope};
    const auto made = d.act({create(orders, {})});
    b.push(d, {made});
    b.pull(other, {});
    EXPECT_EQ(pushed(b, d, {move_to(made.operations[0].record, west)}).kind, verdict_kind::applied);
    EXPECT_EQ(b.hits(probe::invalidation_sent), 1u);
  }
}

TEST(ServerMove, IsAloneAndLeadsElsewhere) {
  bench b;
  device d{.id = 4, .user = 4};
  const intent in = d.act({create(orders, {})});
  b.push(d, {in});
  const record_id id = in.operations[0].record;
  EXPECT_EQ(pushed(b, d, {move_to(id, east)}).rule, verdict_rule::malformed);
  EXPECT_EQ(pushed(b, d, {move_to(id, west), update(orders, id, {})}).rule, verdict_rule::malformed);
  EXPECT_EQ(pushed(b, d, {remove(orders, id)}).kind, verdict_kind::applied);
  EXPECT_EQ(pushed(b, d, {move_to(id, west)}).rule, verdict_rule::gone);
}

TEST(ServerMove, ADerivedFieldCountsTheChildrenOfItsScope) {
  bench b;
  device d{.id = 4, .user = 4};
  const intent order = d.act({create(orders, {})});
  b.push(d, {order});
  const record_id id = order.operations[0].record;
  const intent line =
      d.act({create(lines, {set(line_order, id), add(line_quantity, 2), set(line_price, std::int64_t{5})})});
  b.push(d, {line});
  ASSERT_EQ(field_of(b.rows(east).at(id), order_total), value{std::int64_t{10}});
  EXPECT_EQ(pushed(b, d, {move_to(id, west)}).kind, verdict_kind::applied);
  EXPECT_EQ(field_of(b.rows(west).at(id), order_total), value{std::int64_t{0}}) << "the line stayed behind";
  EXPECT_EQ(pushed(b, d, {move_to(line.operations[0].record, west, lines)}).kind, verdict_kind::applied);
  EXPECT_EQ(field_of(b.rows(west).at(id), order_total), value{std::int64_t{10}});
}

// -- sabotage ----------------------------------------------------------------------------------------------------------

TEST(ServerSabotage, GrantNotAskedAtCommit) {
  bench b({.sabotages = {sabotage::grant_not_asked_at_commit}});
  device d;
  b.tell(withdrawn(1, east));
  EXPECT_EQ(pushed(b, d, {create(orders, {})}).kind, verdict_kind::applied);
}

TEST(ServerSabotage, MoveWithoutExit) {
  bench b({.sabotages = {sabotage::move_without_exit}});
  device d{.id = 4, .user = 4};
  const auto made = d.act({create(orders, {})});
  b.push(d, {made});
  EXPECT_EQ(pushed(b, d, {move_to(made.operations[0].record, west)}).kind, verdict_kind::applied);
  const auto page = b.pull(d, {});
  ASSERT_EQ(page.entries_size(), 2);
  EXPECT_EQ(page.entries(1).rows_size(), 0);
}

TEST(ServerSabotage, GrantNotAskedAtPage) {
  bench b({.sabotages = {sabotage::grant_not_asked_at_page}});
  device d;
  b.tell(withdrawn(1, east));
  EXPECT_EQ(b.pull(d, {}).status(), 200u);
}

TEST(ServerSabotage, WithdrawnSnapshotGoesOn) {
  bench b(
      {.sabotages = {sabotage::withdrawn_snapshot_goes_on}, .change = [](options& o) { o.snapshot_page_rows = 1; }});
  device d;
  for (int i = 0; i < 2; ++i)
    b.commit(d, {create(orders, {})});
  const auto first = b.snapshot(d);
  b.tell(withdrawn(1, east));
  EXPECT_EQ(b.snapshot(d, first.snapshot(), 1).status(), 200u);
  EXPECT_EQ(b.snapshot(d).status(), 403u);
}

} // namespace
} // namespace squall::server
