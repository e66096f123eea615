// Verdicts of whole intents: malformed, unknown records, guards, groups.
#include "tests/engine/merge/world.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <limits>

namespace squall::merge {
namespace {

using kind = verdict_kind;
using rule = verdict_rule;

const intent_id origin{9, 1, 1}, bobs{2, 1, 1}, anns{1, 1, 1};
const record_id a = record_id::derive(origin, 0), b = record_id::derive(origin, 1), n = record_id::derive(origin, 2);

class Verdicts : public ::testing::Test {
protected:
  void SetUp() override {
    const auto made = server_.commit(
        make_intent(origin, 0,
                    {create_of(records, a, {set(title, text("a")), set(status, text("open")), add(count, 10)}),
                     create_of(records, b, {set(title, text("b"))}), create_of(notes, n, {set(title, text("n"))})}));
    ASSERT_EQ(made.outcome.kind, kind::applied);
    ASSERT_EQ(made.rows, (std::vector<record_id>{a, b, n}));
  }

  /// Expects a rejection that leaves no trace.
  void expect_rejected(const intent& in, rule why) {
    const auto before = server_.rows;
    const auto d = server_.commit(in);
    EXPECT_EQ(d.outcome.kind, kind::rejected);
    EXPECT_EQ(d.outcome.rule, why) << to_string(d.outcome.rule);
    EXPECT_EQ(d.outcome.sequence, 0u);
    EXPECT_TRUE(d.rows.empty());
    EXPECT_TRUE(d.changed.empty());
    EXPECT_EQ(server_.rows, before);
  }

  committer server_;
};

TEST_F(Verdicts, RejectWhatBreaksTheSchema) {
  const record_id own = record_id::derive(anns, 0);
  const std::vector<std::pair<const char*, std::vector<operation>>> cases{
      {"no operation", {}},
      {"unknown collection", {update_of(7, a, {})}},
      {"unknown field", {update_of(records, a, {set(7, number(1))})}},
      {"text into an integer", {update_of(records, a, {set(quantity, text("1"))})}},
      {"integer into a text", {update_of(records, a, {set(title, number(1))})}},
      {"integer into a reference", {update_of(records, a, {set(parent, number(1))})}},
      {"no value", {update_of(records, a, {set(title, {})})}},
      {"write of a derived field", {update_of(records, a, {set(total, number(1))})}},
      {"write of a set field", {update_of(records, a, {set(tags, text("x"))})}},
      {"add to a register", {update_of(records, a, {add(quantity, 1)})}},
      {"set of a counter under field_merge", {update_of(records, a, {set(count, number(1))})}},
      {"set of a counter in a create under field_merge", {create_of(records, own, {set(count, number(1))})}},
      {"add of a text", {update_of(records, a, {{count, write_kind::add, text("1"), {}}})}},
      {"insertion", {update_of(records, a, {{title, write_kind::set_insert, text("1"), {}}})}},
      {"writes of a remove", {{operation_kind::remove, records, a, {set(title, text("x"))}}}},
      {"writes of a restore", {{operation_kind::restore, records, a, {set(title, text("x"))}}}},
      {"one field twice", {update_of(records, a, {set(title, text("x")), set(title, text("y"))})}},
      {"fields out of order", {update_of(records, a, {set(quantity, number(1)), set(title, text("y"))})}},
      {"no record", {update_of(records, {}, {set(title, text("x"))})}},
      {"create of another's id", {create_of(records, record_id::derive(bobs, 0), {})}},
      {"create of one record twice", {create_of(records, own, {}), create_of(records, own, {})}},
      {"record of another collection", {update_of(notes, a, {set(title, text("x"))})}},
      {"own record of another collection", {create_of(records, own, {}), update_of(notes, own, {})}},
      {"one bad operation of two",
       {update_of(records, a, {set(title, text("x"))}), update_of(records, b, {set(9, number(1))})}},
      {"malformed before unknown",
       {update_of(records, record_id{5, 5, 256}, {}), update_of(records, a, {add(title, 1)})}},
      {"too many operations", std::vector<operation>(256, update_of(records, a, {}))},
  };
  for (const auto& [name, operations] : cases) {
    SCOPED_TRACE(name);
    expect_rejected(make_intent(anns, 1, operations), rule::malformed);
  }
  EXPECT_EQ(server_.counts.hits(telemetry::probe::merge_malformed), cases.size());
}

TEST_F(Verdicts, AreWellFormedJustWhereTheIntentAloneIsSound) {
  EXPECT_TRUE(
      well_formed(model(), make_intent(anns, 1, {update_of(records, record_id{5, 5, 256}, {set(title, text("x"))})})));
  EXPECT_FALSE(well_formed(model(), make_intent(anns, 1, {})));
  EXPECT_FALSE(well_formed(model(), make_intent({1, 1, 0}, 1, {update_of(records, a, {})})));
  EXPECT_TRUE(well_formed(model(), make_intent(anns, 1, std::vector<operation>(255, update_of(records, a, {})))));
}

TEST_F(Verdicts, RejectACreateOfWhatIsThere) {
  const auto in = make_intent(anns, 1, {create_of(records, record_id::derive(anns, 0), {set(title, text("x"))})});
  EXPECT_EQ(server_.commit(in).outcome.kind, kind::applied);
  expect_rejected(in, rule::malformed);
}

TEST_F(Verdicts, TellADeadDependencyFromAGoneRecord) {
  const record_id unknown = record_id::derive({4, 1, 1}, 0);
  for (const auto& op : {update_of(records, unknown, {set(title, text("x"))}), remove_of(records, unknown),
                         restore_of(records, unknown)}) {
    server_.rows.rejected.clear();
    expect_rejected(make_intent(anns, 1, {op}), rule::gone);
    server_.rows.rejected = {{4, 1, 1}};
    expect_rejected(make_intent(anns, 1, {op}), rule::dependency);
  }
  expect_rejected(make_intent(anns, 1,
                              {update_of(records, record_id::derive(anns, 0), {}),
                               create_of(records, record_id::derive(anns, 0), {})}),
                  rule::gone);
}

TEST_F(Verdicts, JudgeUnknownRecordsBeforeGuardsAndGuardsBeforePolicies) {
  auto in = make_intent(anns, 1, {update_of(records, record_id{5, 5, 256}, {})});
  in.guards = {{a, records, title, guard_kind::equal, text("other")}};
  expect_rejected(in, rule::gone);
  ASSERT_TRUE(server_.commit(make_intent(bobs, 1, {remove_of(records, b)})).committed());
  in.operations = {update_of(records, b, {set(title, text("x"))})};
  expect_rejected(in, rule::guard);
  in.guards.clear();
  EXPECT_EQ(server_.commit(in).outcome.kind, kind::conflicted);
}

TEST_F(Verdicts, FollowTheGuards) {
  server_.rows.all.at(a).fields[total].current = number(30); // as the server derives it
  ASSERT_TRUE(server_.commit(make_intent(bobs, 1, {remove_of(records, b)})).committed());
  struct guard_case {
    guard g;
    bool holds;
  };
  const auto g = [](const record_id& r, field_number f, guard_kind k, value v) {
    return guard{r, records, f, k, std::move(v)};
  };
  const record_id unknown = record_id::derive({4, 1, 1}, 0);
  std::uint64_t seq = 1;
  for (const auto& [guard, holds] :
       std::vector<guard_case>{{g(a, title, guard_kind::equal, text("a")), true},
                               {g(a, title, guard_kind::equal, text("x")), false},
                               {g(a, title, guard_kind::not_equal, text("a")), false},
                               {g(a, title, guard_kind::not_equal, text("x")), true},
                               {g(a, count, guard_kind::at_least, number(10)), true},
                               {g(a, count, guard_kind::at_least, number(11)), false},
                               {g(a, count, guard_kind::at_most, number(10)), true},
                               {g(a, count, guard_kind::at_most, number(9)), false},
                               {g(a, total, guard_kind::at_most, number(30)), true},
                               {g(a, total, guard_kind::at_most, number(29)), false},
                               {g(a, quantity, guard_kind::equal, number(0)), false},
                               {g(a, quantity, guard_kind::not_equal, number(0)), true},
                               {g(a, quantity, guard_kind::at_least, number(0)), false},
                               {g(a, quantity, guard_kind::at_most, number(0)), false},
                               {g(b, title, guard_kind::equal, text("b")), false},
                               {g(b, title, guard_kind::not_equal, text("x")), false},
                               {g(unknown, title, guard_kind::not_equal, text("x")), false}}) {
    auto in = make_intent({1, 1, seq++}, 99, {update_of(records, a, {set(quantity, number(1))})});
    in.guards = {guard};
    SCOPED_TRACE(seq);
    const auto before = server_.rows;
    const auto d = server_.fold(in);
    EXPECT_EQ(d.committed(), holds);
    EXPECT_EQ(d.outcome.rule, holds ? rule::none : rule::guard);
    server_.rows = before;
  }
}

TEST_F(Verdicts, RejectMalformedGuards) {
  for (const guard& g : std::vector<guard>{{a, 9, title, guard_kind::equal, text("a")},
                                           {a, records, 9, guard_kind::equal, text("a")},
                                           {a, records, title, guard_kind::equal, number(1)},
                                           {a, records, title, guard_kind::at_least, text("a")},
                                           {a, records, count, guard_kind::at_most, {}}}) {
    auto in = make_intent(anns, 1, {update_of(records, a, {})});
    in.guards = {g};
    expect_rejected(in, rule::malformed);
  }
}

TEST_F(Verdicts, JudgeGuardsBeforeTheIntentsOwnEffects) {
  auto in = make_intent(anns, 1, {update_of(records, a, {add(count, -10)})});
  in.guards = {{a, records, count, guard_kind::at_least, number(10)}};
  EXPECT_EQ(server_.commit(in).outcome.kind, kind::applied);
  in.id.seq = 2;
  expect_rejected(in, rule::guard);
}

TEST_F(Verdicts, MergeWhatPartlyTookEffect) {
  ASSERT_TRUE(
      server_
          .commit(make_intent(bobs, 1, {update_of(records, a, {set(title, text("bob")), set(status, text("closed"))})}))
          .committed());
  const auto d = server_.commit(
      make_intent(anns, 1, {update_of(records, a, {set(title, text("ann")), set(status, text("approved"))})}));
  EXPECT_EQ(d.outcome.kind, kind::merged);
  EXPECT_EQ(d.outcome.sequence, 3u);
  EXPECT_TRUE(d.outcome.winner.null());
  ASSERT_EQ(d.outcome.fields.size(), 1u);
  EXPECT_EQ(d.outcome.fields[0].record, a);
  EXPECT_EQ(d.outcome.fields[0].field, status);
  EXPECT_EQ(d.outcome.fields[0].winner, bobs);
  EXPECT_EQ(d.outcome.fields[0].rule, rule::precedence);
  ASSERT_EQ(d.changed.size(), 1u);
  EXPECT_EQ(d.changed[0].field, title);
  EXPECT_EQ(d.rows, (std::vector<record_id>{a}));
  EXPECT_EQ(server_.at(a, status).writer, bobs);
  EXPECT_EQ(server_.at(a, title).writer, anns);
}

TEST_F(Verdicts, NameTheWinnerOfTheFirstWriteWhenAllAreOverridden) {
  ASSERT_TRUE(server_.commit(make_intent(bobs, 1, {remove_of(notes, n)})).committed());
  ASSERT_TRUE(
      server_.commit(make_intent({3, 1, 1}, 1, {update_of(records, a, {set(status, text("closed"))})})).committed());
  const auto before = server_.rows;
  const auto d = server_.commit(make_intent(
      anns, 1, {update_of(records, a, {set(status, text("open"))}), update_of(notes, n, {set(title, text("x"))})}));
  EXPECT_EQ(d.outcome.kind, kind::superseded);
  EXPECT_EQ(d.outcome.rule, rule::precedence);
  EXPECT_EQ(d.outcome.winner, (intent_id{3, 1, 1}));
  EXPECT_EQ(server_.rows, before);
}

TEST_F(Verdicts, ListEachWriteOfAnUpdateThatADeleteSuperseded) {
  ASSERT_TRUE(server_.commit(make_intent(bobs, 1, {remove_of(notes, n)})).committed());
  const auto d = server_.commit(make_intent(anns, 1,
                                            {update_of(notes, n, {set(title, text("x")), set(quantity, number(1))}),
                                             create_of(notes, record_id::derive(anns, 0), {})}));
  EXPECT_EQ(d.outcome.kind, kind::merged);
  ASSERT_EQ(d.outcome.fields.size(), 2u);
  for (const auto& f : d.outcome.fields) {
    EXPECT_EQ(f.winner, bobs);
    EXPECT_EQ(f.rule, rule::delete_update);
  }
  EXPECT_EQ(d.rows, (std::vector<record_id>{record_id::derive(anns, 0)}));
  EXPECT_TRUE(server_.deleted(n));
}

TEST_F(Verdicts, ApplyNothingOfAGroupThatConflicts) {
  ASSERT_TRUE(server_.commit(make_intent(bobs, 1, {remove_of(records, b)})).committed());
  const auto before = server_.rows;
  const auto d = server_.commit(
      make_intent(anns, 1,
                  {create_of(records, record_id::derive(anns, 0), {}), update_of(records, a, {set(title, text("x"))}),
                   update_of(records, b, {set(title, text("x"))})}));
  EXPECT_EQ(d.outcome.kind, kind::conflicted);
  EXPECT_EQ(d.outcome.winner, bobs);
  EXPECT_EQ(server_.rows, before);
}

TEST_F(Verdicts, ConflictARemoveWithTheNewestUnseenWrite) {
  ASSERT_TRUE(server_.commit(make_intent(bobs, 1, {update_of(records, a, {set(quantity, number(1))})})).committed());
  ASSERT_TRUE(server_.commit(make_intent({3, 1, 1}, 1, {update_of(records, a, {set(title, text("x"))})})).committed());
  ASSERT_TRUE(server_.commit(make_intent({4, 1, 1}, 1, {update_of(records, a, {add(count, 1)})})).committed());
  EXPECT_EQ(server_.commit(make_intent(anns, 3, {remove_of(records, a)})).outcome.winner, (intent_id{4, 1, 1}));
  EXPECT_EQ(server_.commit(make_intent({1, 1, 2}, 4, {remove_of(records, a)})).outcome.kind, kind::applied);
}

TEST_F(Verdicts, LetAnOperationWorkOnWhatTheOnesBeforeItLeft) {
  const record_id own = record_id::derive(anns, 0);
  const auto d = server_.commit(make_intent(
      anns, 1,
      {create_of(records, own, {add(count, 1)}), update_of(records, own, {add(count, 2)}), remove_of(records, own),
       restore_of(records, own), update_of(records, own, {set(status, text("closed"))}),
       update_of(records, own, {set(status, text("open"))})}));
  EXPECT_EQ(d.outcome.kind, kind::applied);
  EXPECT_EQ(d.rows, (std::vector<record_id>{own}));
  ASSERT_EQ(d.changed.size(), 2u) << "each field once";
  EXPECT_EQ(server_.at(own, count).current, number(3));
  EXPECT_EQ(server_.at(own, status).current, text("open"));
  EXPECT_FALSE(server_.deleted(own));
  expect_rejected(make_intent({1, 1, 2}, 1, {remove_of(records, a), update_of(records, a, {set(title, text("x"))})}),
                  rule::gone);
}

TEST_F(Verdicts, KeepThePresenceOfTheFirstRemove) {
  ASSERT_TRUE(server_.commit(make_intent(bobs, 1, {remove_of(records, a)})).committed());
  const auto before = server_.rows;
  const auto d = server_.commit(make_intent({3, 1, 1}, 1, {remove_of(records, a)}));
  EXPECT_EQ(d.outcome.kind, kind::applied);
  EXPECT_EQ(server_.rows, before);
  EXPECT_TRUE(d.rows.empty()) << "it takes effect and changes nothing";
}

TEST_F(Verdicts, BringBackTheValuesOnRestore) {
  ASSERT_TRUE(server_.commit(make_intent(bobs, 1, {remove_of(records, a)})).committed());
  ASSERT_TRUE(server_.commit(make_intent(bobs, 2, {restore_of(records, a)})).committed());
  EXPECT_FALSE(server_.deleted(a));
  EXPECT_EQ(server_.at(a, title).current, text("a"));
  EXPECT_EQ(server_.at(a, title).writer, origin);
  EXPECT_EQ(server_.rows.all.at(a).presence_writer, bobs);
  EXPECT_EQ(server_.rows.all.at(a).last_sequence, 3u);
}

TEST_F(Verdicts, ApplyAnUpdateThatWritesNothing) {
  const auto d = server_.commit(make_intent(anns, 1, {update_of(records, a, {})}));
  EXPECT_EQ(d.outcome.kind, kind::applied);
  EXPECT_TRUE(d.rows.empty());
}

TEST_F(Verdicts, WrapCountersAround) {
  constexpr auto most = std::numeric_limits<std::int64_t>::max();
  ASSERT_TRUE(server_.commit(make_intent(anns, 1, {update_of(records, a, {add(count, most)})})).committed());
  EXPECT_EQ(server_.at(a, count).current, number(std::numeric_limits<std::int64_t>::min() + 9));
}

TEST(Derive, SumsTheProductsOfTheFactors) {
  const auto child = [](value q, value c) {
    row r;
    r.fields.resize(7);
    r.fields[quantity].current = std::move(q);
    r.fields[count].current = std::move(c);
    return r;
  };
  const row one = child(number(3), number(4)), two = child(number(-1), number(5)), lacking = child(number(7), {});
  const derivation& d = model().collections[records].fields[total].derived;
  EXPECT_EQ(derive(d, {}), 0);
  EXPECT_EQ(derive(d, {&one, &two, &lacking}), 7);
  EXPECT_EQ(derive({.factors = {quantity}}, {&one, &two, &lacking}), 9);
  const row huge = child(number(std::numeric_limits<std::int64_t>::max()), number(2));
  EXPECT_EQ(derive(d, {&huge, &one}), 10) << "overflow wraps";
}

} // namespace
} // namespace squall::merge
