// Sets: marks, what an author had seen, and what becomes of the rest.
#include "tests/engine/merge/world.hpp"

#include <gtest/gtest.h>

namespace squall::merge {
namespace {

using kind = verdict_kind;
using rule = verdict_rule;
using texts = std::set<std::string>;

const intent_id origin{9, 1, 1};
const record_id record = record_id::derive(origin, 0);

operation form(std::vector<field_write> w) { return update_of(forms, record, std::move(w)); }
intent by(std::uint32_t device, std::uint64_t seen, field_write w, std::uint64_t seq = 1) {
  return make_intent({device, 1, seq}, seen, {form({std::move(w)})});
}

struct Sets : testing::Test {
  Sets() {
    EXPECT_TRUE(
        server.commit(make_intent(origin, 0, {create_of(forms, record, {insert(badges, "a"), insert(labels, "a")})}))
            .committed());
  }
  texts in(field_number f) const { return server.members(record, f); }
  committer server;
};

TEST_F(Sets, InsertAndEraseByWhoSawEverything) {
  EXPECT_EQ(in(badges), texts{"a"});
  EXPECT_EQ(server.commit(by(1, 1, insert(badges, "b"))).outcome.kind, kind::applied);
  EXPECT_EQ(server.commit(by(2, 2, erase(badges, "a"))).outcome.kind, kind::applied);
  EXPECT_EQ(in(badges), texts{"b"});
  EXPECT_EQ(server.at(record, badges).writer, (intent_id{2, 1, 1}));
  EXPECT_EQ(server.commit(by(3, 3, erase(badges, "b"))).outcome.kind, kind::applied);
  EXPECT_TRUE(in(badges).empty());
  EXPECT_FALSE(server.at(record, badges).details) << "nothing is left to keep";
}

TEST_F(Sets, UnderAddWinsAnUnseenInsertKeepsTheMemberIn) {
  ASSERT_TRUE(server.commit(by(1, 1, insert(badges, "a"))).committed());
  const auto d = server.commit(by(2, 1, erase(badges, "a")));
  EXPECT_EQ(d.outcome.kind, kind::merged);
  ASSERT_EQ(d.outcome.fields.size(), 1u);
  EXPECT_EQ(d.outcome.fields[0].field, badges);
  EXPECT_EQ(d.outcome.fields[0].rule, rule::add_wins);
  EXPECT_EQ(d.outcome.fields[0].winner, (intent_id{1, 1, 1}));
  EXPECT_EQ(in(badges), texts{"a"});
  EXPECT_EQ(server.commit(by(3, 3, erase(badges, "a"))).outcome.kind, kind::applied);
  EXPECT_TRUE(in(badges).empty());
}

TEST_F(Sets, UnderRemoveWinsAnUnseenEraseKeepsTheTextOut) {
  ASSERT_EQ(server.commit(by(1, 1, erase(labels, "a"))).outcome.kind, kind::applied);
  const auto d = server.commit(by(2, 1, insert(labels, "a")));
  EXPECT_EQ(d.outcome.kind, kind::merged);
  ASSERT_EQ(d.outcome.fields.size(), 1u);
  EXPECT_EQ(d.outcome.fields[0].rule, rule::remove_wins);
  EXPECT_EQ(d.outcome.fields[0].winner, (intent_id{1, 1, 1}));
  EXPECT_TRUE(in(labels).empty());
  EXPECT_EQ(server.commit(by(3, 3, insert(labels, "a"))).outcome.kind, kind::applied) << "who saw the erase re-adds";
  EXPECT_EQ(in(labels), texts{"a"});
}

TEST_F(Sets, UnderRemoveWinsAnEraseBeatsEveryInsertThatDidNotSeeIt) {
  ASSERT_TRUE(server.commit(by(1, 1, insert(labels, "b"))).committed());
  EXPECT_EQ(server.commit(by(2, 1, erase(labels, "b"))).outcome.kind, kind::applied);
  EXPECT_EQ(in(labels), texts{"a"});
  const auto d = server.commit(by(3, 2, insert(labels, "b")));
  EXPECT_EQ(d.outcome.kind, kind::merged);
  EXPECT_EQ(in(labels), texts{"a"});
  EXPECT_EQ(server.commit(by(4, 3, insert(labels, "b"))).outcome.kind, kind::applied);
  EXPECT_EQ(in(labels), (texts{"a", "b"}));
}

TEST_F(Sets, TheNewestInTheWayIsNamed) {
  ASSERT_TRUE(server.commit(by(1, 1, insert(badges, "a"))).committed());
  ASSERT_TRUE(server.commit(by(2, 1, insert(badges, "a"))).committed());
  EXPECT_EQ(server.commit(by(3, 1, erase(badges, "a"))).outcome.fields.at(0).winner, (intent_id{2, 1, 1}));
}

TEST_F(Sets, AnIntentsOwnMarksCountAsSeen) {
  const auto d = server.commit(
      make_intent({1, 1, 1}, 1,
                  {form({insert(badges, "x"), erase(labels, "x")}), form({erase(badges, "x"), insert(labels, "x")})}));
  EXPECT_EQ(d.outcome.kind, kind::applied);
  EXPECT_EQ(in(badges), texts{"a"});
  EXPECT_EQ(in(labels), (texts{"a", "x"}));
}

TEST_F(Sets, ErasingWhatIsNotThereTakesEffectAndUnderRemoveWinsIsRemembered) {
  EXPECT_EQ(server.commit(by(1, 1, erase(badges, "q"))).outcome.kind, kind::applied);
  EXPECT_EQ(server.commit(by(2, 1, erase(labels, "q"))).outcome.kind, kind::applied);
  EXPECT_EQ(server.commit(by(3, 1, insert(badges, "q"))).outcome.kind, kind::applied);
  EXPECT_EQ(server.commit(by(4, 1, insert(labels, "q"))).outcome.kind, kind::merged);
}

TEST_F(Sets, AreJudgedByRowRulesByTheirLastWrite) {
  ASSERT_TRUE(server.commit(by(1, 1, insert(badges, "b"))).committed());
  const auto d = server.commit(make_intent({2, 1, 1}, 1, {remove_of(forms, record)}));
  EXPECT_EQ(d.outcome.kind, kind::conflicted);
  EXPECT_EQ(d.outcome.winner, (intent_id{1, 1, 1}));
}

TEST_F(Sets, MalformedWritesAndGuards) {
  const auto refused = [&](operation op) {
    static std::uint64_t seq = 0;
    return server.commit(make_intent({1, 7, ++seq}, 1, {std::move(op)})).outcome.rule == rule::malformed;
  };
  EXPECT_TRUE(refused(form({set(badges, text("x"))})));
  EXPECT_TRUE(refused(form({{badges, write_kind::set_insert, number(1), {}}})));
  EXPECT_TRUE(refused(form({insert(caption, "x")})));
  EXPECT_TRUE(refused(form({insert(badges, "x"), insert(badges, "x")}))) << "a member twice";
  EXPECT_TRUE(refused(form({insert(badges, "x"), erase(badges, "x")})));
  EXPECT_TRUE(refused(form({insert(badges, "y"), insert(badges, "x")}))) << "not ascending";
  EXPECT_FALSE(refused(form({insert(badges, "x"), insert(badges, "y"), erase(labels, "x")})));
  auto guarded = make_intent({2, 1, 1}, 1, {form({insert(badges, "z")})});
  guarded.guards.push_back({record, forms, badges, guard_kind::equal, text("a")});
  EXPECT_EQ(server.commit(guarded).outcome.rule, rule::malformed);
}

} // namespace
} // namespace squall::merge
